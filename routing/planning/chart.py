"""A plan of staffing to look at: a text table with bars, and a self-contained SVG drawing. PURE.

The table is for the terminal, the drawing, in Chinese, for those who write the roster.
"""

from collections.abc import Sequence

from routing.planning.staffing import Need, Target

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 360, 56, 56, 48
BAR = 40  # characters
AGENTS, CALLS, INK, LINE = "#2f6f8f", "#b4532a", "#222222", "#d5d5d5"


def table(needs: Sequence[Need]) -> list[str]:
    """Lines of text, one an interval, each with a bar of its agents."""
    most = max((need.service.agents for need in needs), default=0) or 1
    lines = ["start  calls/h    aht  agents  level   wait  gave up   busy  one fewer"]
    for need in needs:
        demand, got, fewer = need.interval.demand, need.service, need.one_fewer
        less = f"{100 * fewer.service_level:8.1f}%" if fewer else "        -"
        lines.append(
            f"{need.interval.name} {demand.calls_per_hour:9.1f} {demand.aht:6.0f} {got.agents:7} "
            f"{100 * got.service_level:5.1f}% {got.mean_wait:5.1f}s {100 * got.abandons:7.2f}% "
            f"{100 * got.occupancy:5.1f}% {less}  {'█' * max(1, round(BAR * got.agents / most)) if got.agents else ''}"
        )
    return lines


def drawing(needs: Sequence[Need], target: Target) -> str:
    """An SVG document: bars of agents on the left scale, a line of calls per hour on the right one."""
    most = _round_up(max((need.service.agents for need in needs), default=0))
    calls = _round_up(max((need.interval.demand.calls_per_hour for need in needs), default=0))
    wide, high = WIDTH - 2 * LEFT, HEIGHT - TOP - BOTTOM
    step, base = wide / max(1, len(needs)), HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="12" fill="{INK}">',
        f"<title>坐席需求，目标{target}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">各时段所需坐席（目标：{100 * target.share:g}%的来电在'
        f"{target.seconds:g}秒内接听）</text>",
        f'<rect x="{LEFT}" y="32" width="12" height="12" fill="{AGENTS}"/><text x="{LEFT + 18}" y="42">坐席数</text>',
        f'<path d="M{LEFT + 90} 38h16" stroke="{CALLS}" stroke-width="2"/>'
        f'<text x="{LEFT + 112}" y="42">来电量（次/小时）</text>',
    ]
    for tick in range(5):
        y = base - high * tick / 4
        parts.append(f'<path d="M{LEFT} {y:.1f}h{wide}" stroke="{LINE}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * tick / 4:g}</text>')
        parts.append(f'<text x="{WIDTH - LEFT + 6}" y="{y + 4:.1f}" fill="{CALLS}">{calls * tick / 4:g}</text>')
    points = []
    every = max(1, -(-len(needs) // 12))
    for place, need in enumerate(needs):
        x, tall = LEFT + place * step, high * need.service.agents / most
        level = f"{target.seconds:g}秒接听率{100 * need.service.service_level:.1f}%"
        hint = f"{need.interval.name}：{need.service.agents}人，{level}"
        parts.append(
            f'<rect x="{x + step * 0.1:.1f}" y="{base - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}" '
            f'fill="{AGENTS}"><title>{hint}</title></rect>'
        )
        points.append(f"{x + step / 2:.1f},{base - high * need.interval.demand.calls_per_hour / calls:.1f}")
        if place % every == 0:
            parts.append(
                f'<text x="{x + step / 2:.1f}" y="{base + 18}" text-anchor="middle">{need.interval.name}</text>'
            )
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{CALLS}" stroke-width="2"/></svg>')
    return "\n".join(parts) + "\n"


def _round_up(value: float) -> float:
    """The next multiple of 4, 40, 400, …: quarters of it are round."""
    scale = 1.0
    while True:
        for nice in (4, 8, 12, 16, 20, 24, 28, 32, 36):
            if value <= nice * scale:
                return nice * scale
        scale *= 10
