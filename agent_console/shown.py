"""How times, lengths, outcomes and roles read to people in Chinese; register() tells templates. Decides nothing."""

from datetime import UTC, datetime, timedelta, timezone

from flask import Flask

from records.masking import masked

BEIJING_SECONDS = 8 * 3600.0  # ahead of UTC
BEIJING = timezone(timedelta(seconds=BEIJING_SECONDS), "CST")

OUTCOMES = {
    "open": "进行中",
    "answered": "已接听",
    "self_served": "自助办结",
    "voicemail": "已留言",
    "transferred": "已转接外线",
    "abandoned_ivr": "菜单中挂断",
    "abandoned_queue": "排队中挂断",
    "unreached": "回拨未接通",
    "refused": "未接入",
    "failed": "故障中断",
}
ENDED_BY = {"caller": "来电人挂断", "agent": "坐席挂断", "system": "系统结束"}
ENTERED_BY = {"speech": "语音", "key": "按键", "none": "未说明"}
RATINGS = {1: "非常满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "非常不满意"}
ROLES = {"agent": "坐席", "supervisor": "值班长", "clerk": "窗口人员", "admin": "管理员", "auditor": "审计员"}
CHANNELS = {"phone": "热线", "online": "网上", "window": "窗口", "12345": "12345"}
SYNC = {"delivered": "已送达", "waiting": "等待送达", "failed": "被拒收"}

AUDITED = {
    "sign_in": "登录",
    "sign_in_refused": "登录被拒",
    "sign_out": "退出",
    "record.view": "查看话务工单",
    "record.complete": "填写话务工单",
    "record.number": "查看来电号码",
    "recording.play": "播放录音",
    "recording.pause": "暂停录音",
    "recording.resume": "继续录音",
    "recording.hold": "保全录音",
    "recording.release": "解除录音保全",
    "recording.purge": "到期删除录音",
    "recording.export": "导出录音",
    "transcript.on": "开启实时文字",
    "transcript.off": "关闭实时文字",
    "transcript.watch": "旁看通话文字",
    "transcript.view": "查看完整通话文字",
    "agent.force": "调整坐席状态",
    "agent.load": "调整坐席负荷",
    "call.listen": "监听通话",
    "call.whisper": "对坐席耳语",
    "call.barge": "插入通话",
    "call.leave": "结束监听",
    "closure.set": "紧急关闭热线",
    "closure.lift": "解除紧急关闭",
    "callback.add": "登记回拨",
    "callback.take": "领取回拨",
    "callback.reached": "回拨已联系上",
    "callback.missed": "回拨未联系上",
    "callback.cancel": "取消回拨",
    "callback.number": "查看回拨号码",
    "emergency.asked": "呼叫紧急电话",
    "emergency.answered": "紧急电话已接通",
    "emergency.busy": "紧急电话占线",
    "emergency.no_answer": "紧急电话无人接听",
    "emergency.refused": "紧急电话拒接",
    "emergency.failed": "紧急电话未接通",
    "emergency.cancelled": "取消呼叫紧急电话",
    "emergency.seen": "已知悉险情",
    "transfer.asked": "转接12345",
    "transfer.answered": "12345已接通",
    "transfer.busy": "12345占线",
    "transfer.no_answer": "12345无人接听",
    "transfer.refused": "12345拒接",
    "transfer.failed": "12345未接通",
    "transfer.cancelled": "取消转接12345",
    "outside.asked": "转接外线号码",
    "outside.answered": "外线号码已接通",
    "outside.busy": "外线号码占线",
    "outside.no_answer": "外线号码无人接听",
    "outside.refused": "外线号码拒接",
    "outside.failed": "外线号码未接通",
    "outside.cancelled": "取消转接外线号码",
    "ticket.referred": "12345来电关联工单",
    "message.play": "播放留言",
    "message.open": "登记留言",
    "message.answer": "答复留言",
    "ticket.open": "开立工单",
    "ticket.told": "自助告知工单进度",
    "ticket.refused": "自助查询未通过核实",
    "ticket.view": "查看工单",
    "ticket.number": "查看联系号码",
    "ticket.retry": "重新推送工单",
}


def clock(at: float | None, seconds: bool = True) -> str:
    """10:32:05 in Beijing."""
    return "" if at is None else _local(at).strftime("%H:%M:%S" if seconds else "%H:%M")


def moment(at: float | None) -> str:
    """11-21 10:32, with the year when it is not this one; the whole moment for tooltips is `full`."""
    if at is None:
        return "—"
    return _local(at).strftime("%m-%d %H:%M")


def full(at: float | None) -> str:
    return "" if at is None else _local(at).strftime("%Y-%m-%d %H:%M:%S")


def length(seconds: float | None) -> str:
    """3:07, or 1:03:07 from an hour on."""
    if seconds is None:
        return "—"
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.0f}%"


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(BEIJING)


def register(app: Flask) -> None:
    app.jinja_env.filters |= {"clock": clock, "moment": moment, "full": full, "length_": length, "percent": percent}
    app.jinja_env.filters["masked"] = masked
    app.jinja_env.globals |= {
        "OUTCOMES": OUTCOMES,
        "ENDED_BY": ENDED_BY,
        "ENTERED_BY": ENTERED_BY,
        "RATINGS": RATINGS,
        "ROLES": ROLES,
        "CHANNELS": CHANNELS,
        "SYNC": SYNC,
        "AUDITED": AUDITED,
    }
