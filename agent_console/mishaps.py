"""What people read when something goes wrong: what happened, what was kept, what to do. Never a stack trace."""

import logging
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from agent_console.bridge import DeskBusyError
from agent_console.guard import wants_json
from records.errors import DatabaseError
from records.sealing import SealError

log = logging.getLogger(__name__)

# status → what happened, what was kept, what to do
SAID: dict[int, tuple[str, str, str]] = {
    400: ("请求不完整或格式不对。", "什么也没有改变。", "请返回上一页，检查后重试。"),
    401: ("登录已失效，请重新登录。", "已保存的内容都在；正在填写的内容保留在原页面。", "请重新登录后继续。"),
    403: ("您的岗位不能使用此页面。", "什么也没有改变。", "如工作需要，请联系管理员调整岗位。"),
    404: ("没有找到这个页面或这条记录。", "什么也没有改变。", "请核对编号，或从左侧栏目进入。"),
    405: ("此地址不接受这种操作。", "什么也没有改变。", "请从页面上的按钮操作。"),
    413: ("提交的内容太大。", "什么也没有改变；正在填写的内容保留在原页面。", "请缩短内容后重试。"),
    429: ("尝试次数太多。", "什么也没有改变。", "请稍等片刻再试。"),
    500: ("系统出了错误，已记入日志。", "已保存的内容都在；通话不受影响。", "请重试；仍不行请联系值班管理员。"),
    503: ("系统暂时忙或存储不可用。", "已保存的内容都在；通话不受影响；正在填写的内容保留在原页面。", "请稍后重试。"),
}
PAGE_EXPIRED = ("页面已过期，这次提交没有被接受。", "正在填写的内容保留在原页面。", "请刷新页面后重新提交。")


def register(app: Flask) -> None:
    app.register_error_handler(CSRFError, page_expired)
    app.register_error_handler(HTTPException, http_mishap)
    app.register_error_handler(DatabaseError, storage_mishap)
    app.register_error_handler(SealError, storage_mishap)
    app.register_error_handler(DeskBusyError, storage_mishap)


def page_expired(_error: CSRFError) -> Any:
    if g.get("was_signed_in"):
        return answer(401, SAID[401])
    return answer(400, PAGE_EXPIRED)


def http_mishap(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        log.error("page %s failed", request.endpoint, exc_info=error.original_exception)
    said = SAID.get(code, SAID[500] if code >= 500 else SAID[400])
    return answer(code, said, error.get_headers() if code in (405, 429) else ())


def storage_mishap(error: Exception) -> Any:
    log.error("page %s: %s", request.endpoint, " ".join(str(error).split()) or type(error).__name__)
    return answer(503, SAID[503])


def answer(code: int, said: tuple[str, str, str], headers: Any = ()) -> Any:
    what, kept, way_out = said
    if wants_json() or request.path.startswith("/api/"):
        response = jsonify(error=what, kept=kept, way_out=way_out)
        response.status_code = code
    else:
        page = render_template("mishap.html", code=code, what=what, kept=kept, way_out=way_out)
        response = make_response(page, code)
    for name, value in headers:
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response
