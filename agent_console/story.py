"""How the steps of a call read in Chinese: facts and commands of the call log as lines of a timeline. PURE.

Numbers are masked here: whoever may read a record may read its timeline.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent_console.shown import RATINGS, length, percent
from records.calllog import Entry
from records.masking import masked, masked_words

Fields = Mapping[str, Any]

LEG_ENDS = {200: "正常结束", 480: "暂不可用", 486: "占线", 487: "已取消", 603: "拒接", 408: "超时"}

# Facts and commands of the call log; the first seventeen tell the story in short.
STORY = {
    "Arrived": "来电",
    "Answered": "接入",
    "DigitPressed": "按键",
    "Heard": "说话",
    "ListeningFailed": "语音识别不可用",
    "LegRinging": "坐席振铃",
    "LegAnswered": "坐席接听",
    "LegEnded": "一方离线",
    "RecordingKept": "录音已存",
    "WorkerFailed": "话路故障",
    "WorkerLost": "话路结束",
    "Enqueue": "进入排队",
    "NoteMatter": "判定诉求",
    "NoteRating": "评价",
    "Dial": "呼叫坐席",
    "Join": "接通双方",
    "StartRecording": "开始录音",
    "HangUp": "挂断",
    "Play": "放音",
    "PlayMusic": "等待音乐",
    "PromptEnded": "放音结束",
    "Listen": "开始听",
    "StopListening": "停止听",
    "SpeechStarted": "开口",
    "Answer": "应答",
    "Dismiss": "结束话路",
    "Refuse": "拒绝",
    "StopPlaying": "停止放音",
    "AskPlace": "询问排队位置",
    "Placed": "排队位置",
    "WantCallback": "要求回拨",
    "CallWaiting": "等待坐席",
    "CallGone": "来电离开",
    "AgentRinging": "坐席振铃",
    "AgentAnswered": "坐席接听",
    "AgentLegEnded": "坐席离线",
    "HeardSoFar": "正在说",
    "Transcribe": "记录通话文字",
    "Said": "通话中说",
    "TranscriptFailed": "通话文字故障",
    "TranscriptSwitched": "通话文字开关",
    "RecordMessage": "开始留言",
    "KeepMessage": "结束留言",
    "PlayMessage": "回放留言",
    "DropMessage": "取消留言",
    "MessageKept": "留言已存",
    "OpenMessage": "登记留言",
    "MessageTaken": "留言已登记",
    "LeaveQueue": "离开排队",
    "Crowded": "排队拥挤",
    "DialLine": "呼叫外线",
    "DropLine": "挂断外线",
    "LineAsked": "坐席呼叫外线",
    "LineDropAsked": "坐席挂断外线",
    "FindTicket": "查找12345工单",
    "TicketFound": "12345工单",
    "NoteTransfer": "转接结果",
    "CallbackDue": "回拨到时",
    "CallbackWithdrawn": "回拨撤下",
    "Originate": "申请话路",
    "Originated": "话路就绪",
    "NoWorker": "没有话路",
    "AgentFound": "找到坐席",
    "AgentGone": "坐席未接",
    "RingAgent": "呼叫坐席",
    "DialResident": "呼叫来电人",
    "PutThrough": "接通双方",
    "Overhear": "坐席旁听线路",
    "AskProgress": "查询进度",
    "ProgressFound": "进度结果",
    "Book": "登记预约",
    "Booked": "预约结果",
    "PromiseCallback": "约定回拨",
    "RecordingFailed": "录音中断",
    "RecordingPaused": "暂停录音",
    "RecordingResumed": "继续录音",
    "PauseRecording": "话路暂停录音",
    "ResumeRecording": "话路继续录音",
    "LegMeasured": "话路质量",
    "LegCarried": "所走线路",
    "LegHeld": "话机保持",
    "Ringback": "回铃音",
    "AskCaller": "查询来电人",
    "CallerKnown": "来电人情况",
    "Requested": "通话操作",
    "Handed": "转交来电人",
    "Referred": "话机要求转接",
    "EarlyAudio": "线路提示音",
    "Mix": "调整通话各方",
    "SendDigits": "发送按键",
    "TellReferred": "告知话机转接进展",
    "Refer": "请来电线路转接",
    "ReferTold": "来电线路转接进展",
}

REQUESTS = {
    "hold": "保持",
    "resume": "恢复",
    "consult": "咨询",
    "complete": "转给对方",
    "return": "请对方退出",
    "swap": "切换",
    "conference": "多方通话",
    "transfer": "转接",
    "refer": "请来电线路转接",
    "park": "驻留",
    "retrieve": "取回",
    "pickup": "代接",
    "mute": "静音",
    "unmute": "取消静音",
    "digits": "按键",
    "drop": "移出一方",
    "listen": "监听",
    "whisper": "耳语",
    "barge": "插话",
    "leave": "退出监听",
}
MAIN = frozenset(list(STORY)[:17])


def step(entry: Entry, start: float, labels: Mapping[str, str]) -> dict[str, Any]:
    """One line of the timeline: when, how long after `start`, what, and whether it belongs to the short story."""
    tell = DETAILS.get(entry.name, whose)
    return {
        "at": entry.at,
        "after": entry.at - start,
        "kind": entry.kind,
        "code": entry.name,
        "name": STORY.get(entry.name, entry.name),
        "main": entry.name in MAIN,
        "said": tell(entry.fields, labels),
    }


def leg_name(leg: str) -> str:
    if leg.startswith("outside:"):
        return "外线"
    return "来电人" if leg == "caller" else leg.removeprefix("agent:").removeprefix("supervisor:").removeprefix("line:")


def requested(fields: Fields, labels: Mapping[str, str]) -> str:
    """Who asked for what, about whom; numbers masked, digits not shown."""
    target = str(fields.get("target") or "")
    about = {"number": masked(target), "skill": labels.get(target, target), "agent": target, "leg": leg_name(target)}
    words = (fields.get("by", ""), REQUESTS.get(str(fields.get("request")), ""), about.get(str(fields.get("kind")), ""))
    return " ".join(str(word) for word in words if word)


def whose(fields: Fields, _labels: Mapping[str, str]) -> str:
    return leg_name(str(fields["leg"])) if "leg" in fields else str(fields.get("agent", ""))


def arrived(fields: Fields, _labels: Mapping[str, str]) -> str:
    return f"{masked(str(fields.get('caller', '')))} → {fields.get('called', '')}"


def heard(fields: Fields, _labels: Mapping[str, str]) -> str:
    text = fields.get("text")
    return f"「{text}」 {percent(fields.get('confidence'))}" if text else "（没有听清）"


def spoken(fields: Fields, labels: Mapping[str, str]) -> str:
    return f"{whose(fields, labels)}「{masked_words(str(fields.get('text', '')))}」"


def transcribed(fields: Fields, _labels: Mapping[str, str]) -> str:
    return "、".join(leg_name(str(leg)) for leg in fields.get("legs", ())) or "停止"


def switched(fields: Fields, _labels: Mapping[str, str]) -> str:
    return f"{fields.get('by', '')}{'开启' if fields.get('on') else '关闭'}"


def matter(fields: Fields, labels: Mapping[str, str]) -> str:
    return f"{label(fields, labels)} {percent(fields.get('confidence'))}"


def label(fields: Fields, labels: Mapping[str, str]) -> str:
    code = str(fields.get("label", ""))
    return labels.get(code, code)


def leg_ended(fields: Fields, labels: Mapping[str, str]) -> str:
    code = int(fields.get("code", 0))
    return f"{whose(fields, labels)} {LEG_ENDS.get(code, str(code))}"


def measured(fields: Fields, labels: Mapping[str, str]) -> str:
    lost, received = int(fields.get("lost", 0)), int(fields.get("received", 0))
    return f"{whose(fields, labels)} {fields.get('codec', '')} 丢包{lost}/{lost + received}"


def field(name: str) -> Callable[[Fields, Mapping[str, str]], str]:
    return lambda fields, _labels: str(fields.get(name, ""))


# What a step says beyond its name; the others say whose they are.
DETAILS: dict[str, Callable[[Fields, Mapping[str, str]], str]] = {
    "Arrived": arrived,
    "DigitPressed": field("digit"),
    "Heard": heard,
    "NoteMatter": matter,
    "Enqueue": label,
    "CallWaiting": label,
    "LegEnded": leg_ended,
    "RecordingKept": lambda fields, _labels: length(fields.get("seconds")),
    "NoteRating": lambda fields, _labels: RATINGS.get(fields.get("value", 0), ""),
    "Play": field("prompt"),
    "PromptEnded": field("prompt"),
    "WorkerLost": field("reason"),
    "WorkerFailed": field("reason"),
    "ListeningFailed": field("reason"),
    "Refuse": field("reason"),
    "HeardSoFar": lambda fields, _labels: f"「{masked_words(str(fields.get('text', '')))}…」",
    "Transcribe": transcribed,
    "Said": spoken,
    "TranscriptFailed": field("reason"),
    "TranscriptSwitched": switched,
    "Requested": requested,
    "RecordingFailed": field("reason"),
    "RecordingPaused": field("by"),
    "RecordingResumed": lambda fields, _labels: str(fields.get("by") or "到时自动继续"),
    "LegMeasured": measured,
}
