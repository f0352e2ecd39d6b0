"""What an agent can choose from. PURE. The taxonomy itself is config/labels.yaml."""

from collections.abc import Mapping

# Never what a call was about: the wish for a person, and what the recogniser did not understand.
NO_MATTER = ("agent", "unclear")


def categories(labels: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The taxonomy in groups for a select: (name of the group, [(code, name), …]), in the file's order."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name in labels.items():
        if code in NO_MATTER:
            continue
        head = code.split(".")[0]
        children = any(other.startswith(f"{head}.") for other in labels)
        group = (labels.get(head) or EXTRA.get(head, "其他")) if children else "其他事项"
        groups.setdefault(group, []).append((code, name))
    return list(groups.items())


EXTRA = {"emergency": "紧急求助"}
