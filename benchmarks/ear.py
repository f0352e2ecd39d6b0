"""How well the packaged model hears: voices and sentences that neither its training nor its tuning had, on a bad line.

Synthetic speech only: the figures compare versions of the model, they say nothing about people.
"""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.figures import Figure
from benchmarks.machine import load
from ivr.speech import recogniser, store
from ivr.speech.training import evaluate, texts, voices

Say = Callable[[str], None]
QUICK = 16  # sentences a condition


def ear(say: Say, quick: bool) -> Iterator[Figure]:
    """Error rates in percent beside their targets, and the share of a core that hearing them took."""
    bench = evaluate.Bench(recogniser.load_model(store.PACKAGED), 2028)
    held, like = texts.held_out_final(), texts.in_domain()
    other = held[:: len(held) // QUICK][:QUICK] if quick else held
    known = like[:: len(like) // QUICK][:QUICK] if quick else like
    throats = voices.HELD_OUT[:2] if quick else voices.HELD_OUT
    measured: Sequence[tuple[str, float, Callable[[str], evaluate.Figure]]] = (
        ("characters wrong, sentences like the trained, 15-30 dB", 3, lambda n: evaluate.speech(
            bench, n, known, evaluate.PLAIN)),
        ("characters wrong, other sentences, 15-30 dB", 8, lambda n: evaluate.speech(bench, n, other, evaluate.PLAIN)),
        ("characters wrong, other sentences, babble 8-14 dB", 15, lambda n: evaluate.speech(
            bench, n, other, evaluate.BABBLE)),
        ("menu items wrong", 3, lambda n: evaluate.listed(bench, n, evaluate.MENU, throats)),
        ("yes and no wrong", 2, lambda n: evaluate.listed(bench, n, evaluate.YES_NO, throats)),
        ("strings of 4-8 digits wrong", 10, lambda _: evaluate.strings(bench, 16 if quick else 90)),
        ("sentences taken for a menu item or yes or no", 5, lambda _: evaluate.false_accepts(bench, other)),
    )  # fmt: skip
    for name, target, measure in measured:
        found = measure(name)
        share = 100 * found.errors / found.of
        notes = {"at_most": target, "met": share <= target, "of": found.of, "load": load()}
        if found.spoken:
            notes["syllables_wrong"] = round(100 * found.syllables / found.spoken, 2)
        say(f"ear: {name}: {share:.1f} % of {found.of}, at most {target} %")
        yield Figure(f"ear: {name}", share, "%", None, notes)
    spent = bench.spent / bench.seconds
    yield Figure("ear: real-time factor in all", spent, "CPU s per s", None, {"at_most": 0.05, "load": load()})
