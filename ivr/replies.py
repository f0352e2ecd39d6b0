"""Yes or no, as people say it on the telephone. PURE."""

NO = ("不是", "不对", "不用", "错了", "不要", "没有", "否")
YES = ("是的", "对的", "没错", "就是", "是啊", "对啊", "好的", "可以", "是", "对", "嗯", "好", "行", "要")
SHORT = 6  # longer answers are sentences of their own


def agreement(text: str) -> bool | None:
    """True for yes, False for no, None when `text` is something else."""
    words = text.replace(" ", "")
    if len(words) > SHORT:
        return None
    if any(no in words for no in NO):
        return False
    if any(yes in words for yes in YES):
        return True
    return None
