"""What the command line says, in Vietnamese and English. What the system says itself comes in the language of the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from purchase_approval_client.session import Language

Both = tuple[str, str]
"""Vietnamese, English."""

TEXTS: Final[Mapping[str, Both]] = {
    "about": (
        "Yêu cầu mua hàng trên dòng lệnh.",
        "Purchase requests on the command line.",
    ),
    "exits": (
        "Mã kết thúc: 0 xong · 1 lỗi hoặc không kết nối được · 2 sai cú pháp · 3 chưa đăng nhập · 4 bị từ chối · "
        "5 đã nhận, chưa áp dụng.",
        "Exit codes: 0 done · 1 trouble, or no answer · 2 wrong usage · 3 not signed in · 4 refused · 5 taken, not applied yet.",
    ),
    "address": ("địa chỉ hệ thống", "where the system is"),
    "token": ("mã truy cập (bearer token) của công ty", "a bearer token of the company's issuer"),
    "demo_user": ("ở chế độ demo: là người dùng này", "in demo mode: be this user"),
    "language": ("ngôn ngữ: vi hoặc en", "language: vi or en"),
    "json": ("in JSON như API trả về", "print JSON as the API answers it"),
    "or_variable": ("{text}; hoặc biến {variable}", "{text}; or the variable {variable}"),
    "me": ("đang đăng nhập là ai", "who is signed in"),
    "inbox": ("các yêu cầu đang chờ tôi", "the requests that wait on me"),
    "list": ("các yêu cầu tôi được xem", "the requests that I may see"),
    "show": ("xem một yêu cầu: các bước, đang chờ ai", "show a request: its steps, and who is waited on"),
    "timeline": ("mọi việc đã xảy ra với một yêu cầu", "everything that was tried on a request"),
    "send": ("gửi, hoặc gửi lại một yêu cầu bị trả lại", "send a request, or resend a returned one"),
    "approve": ("duyệt một bước", "approve a step"),
    "return": ("trả lại để chỉnh sửa", "return it to be changed"),
    "reject": ("từ chối và kết thúc", "reject it for good"),
    "recall": ("thu hồi yêu cầu của mình", "take one's own request back from approval"),
    "cancel": ("hủy hẳn", "cancel it for good"),
    "report": ("báo cáo mua sắm: trạng thái, hàng đã nhận", "report from purchasing: status, goods that came"),
    "request": ("số yêu cầu (YCMH-2026-000001) hoặc ID", "number (YCMH-2026-000001) or id of the request"),
    "note": ("ghi chú", "a note"),
    "step": (
        "mã bước; bỏ qua nếu chỉ có một bước đang chờ mình",
        "key of the step; not needed where just one waits on you",
    ),
    "for": ("duyệt thay cho ai (ủy quyền)", "whose substitute you decide as"),
    "to": ("trả về bước này thay vì người thực hiện", "return it to this step instead of its owner"),
    "approver": ("người duyệt do người gửi chọn: BƯỚC=TÀI KHOẢN", "an approver that you choose: STEP=USERNAME"),
    "status_filter": ("chỉ tình trạng quy trình này", "of this process status alone"),
    "q": ("tìm trong số, hàng hóa, người, mục đích", "look for this in number, goods, people, purpose"),
    "most": ("nhiều nhất bao nhiêu dòng", "so many at most"),
    "purchase_status": (
        "tình trạng mua sắm mới: ordered …; khi báo hàng về mà bỏ qua thì suy ra từ số đã nhận",
        "the new purchase status: ordered …; left out where goods came, it follows from what has come",
    ),
    "received": ("thêm hàng về: MÃ HÀNG=SỐ LƯỢNG", "goods that came: PRODUCT=QUANTITY"),
    "sent_back": ("hàng trả nhà cung cấp: MÃ HÀNG=SỐ LƯỢNG", "goods that went back: PRODUCT=QUANTITY"),
    "in_all": ("tổng đã nhận đến nay: MÃ HÀNG=SỐ LƯỢNG", "what has come in all: PRODUCT=QUANTITY"),
    "event_id": (
        "mã của báo cáo; gửi lại cùng mã chỉ tính một lần",
        "id of the report; the same one again counts once",
    ),
    "nothing": ("Không có yêu cầu nào.", "No requests."),
    "more": ("… còn nữa: --most", "… there are more: --most"),
    "purpose": ("Mục đích", "Purpose"),
    "owner": ("Người thực hiện", "Owner"),
    "source": ("Từ", "From"),
    "deliver": ("Giao", "Deliver"),
    "goods": ("Hàng hóa", "Goods"),
    "came": ("đã nhận", "received"),
    "steps": ("Các bước, lượt gửi {round}", "Steps, round {round}"),
    "never_sent": ("Chưa gửi lần nào", "Never sent"),
    "waits_on": ("đang chờ {people}", "waits on {people}"),
    "due": ("hạn {at}", "due {at}"),
    "approved_by": ("đã duyệt: {people}", "approved by {people}"),
    "votes": ("{approved}/{needed} phiếu", "{approved} of {needed} votes"),
    "held": ("Đang tạm giữ: đơn hàng đã thay đổi", "On hold: its order has changed"),
    "send_pending": ("Đang chờ gửi", "Waiting to be sent"),
    "proposed": ("Đề xuất", "Proposed"),
    "notes": ("Ghi chú", "Notes"),
    "warnings": ("Cảnh báo", "Warnings"),
    "you_may": ("Bạn có thể", "You may"),
    "purchasing": ("Mua sắm", "Purchasing"),
    "refused": ("Bị từ chối", "Refused"),
    "trouble": ("Lỗi", "Trouble"),
    "remedy": ("Cách xử lý", "What helps"),
    "left_out": ("… và {count} chỗ khác", "… and {count} more"),
    "applied": ("Đã ghi nhận.", "Taken."),
    "applied_as": ("Đã ghi nhận. Mua sắm: {status}", "Taken. Purchasing: {status}"),
    "not_applied": ("Không thay đổi gì: {reason}", "Nothing changed: {reason}"),
    "no_answer": (
        "Không có trả lời từ {address} ({why}). Hệ thống có đang chạy không? Địa chỉ: --address hoặc {variable}.",
        "Nothing answers at {address} ({why}). Does the system run? Its address: --address or {variable}.",
    ),
    "taken": (
        "Đã nhận quyết định, chưa áp dụng; không bao giờ mất. Xem lại sau: show {number} (mã lệnh {command})",
        "The decision is taken and not applied yet; it is never lost. Look again later: show {number} (command {command})",
    ),
    "whose_step": (
        "Nhiều bước đang chờ: {steps}. Chọn bằng --step.",
        "Several steps wait: {steps}. Name one by --step.",
    ),
    "no_step": ("Không có bước nào đang chờ duyệt ({status}).", "No step waits to be decided ({status})."),
    "pair": ("{option} {value}: cần dạng TÊN=GIÁ TRỊ", "{option} {value}: should read NAME=VALUE"),
    "nothing_reported": (
        "Báo cáo cần --status, --received, --sent-back hoặc --in-all.",
        "A report needs --status, --received, --sent-back or --in-all.",
    ),
    "how_to_sign_in": (
        "Đăng nhập bằng --token hoặc {token}; ở chế độ demo bằng --demo-user hoặc {demo_user}.",
        "Sign in by --token or {token}; in demo mode by --demo-user or {demo_user}.",
    ),
}

STATUSES: Final[Mapping[str, Both]] = {
    "not_sent": ("Chưa gửi", "Not sent"),
    "in_progress": ("Đang thực hiện", "In progress"),
    "returned": ("Trả lại", "Returned"),
    "rejected": ("Từ chối", "Rejected"),
    "cancelled": ("Hủy", "Cancelled"),
    "completed": ("Đã hoàn thành", "Completed"),
}

PURCHASE_STATUSES: Final[Mapping[str, Both]] = {
    "not_started": ("Chưa mua", "Not started"),
    "quoting": ("Đang báo giá", "Quoting"),
    "ordered": ("Đã đặt hàng", "Ordered"),
    "partially_received": ("Nhận một phần", "Partially received"),
    "received": ("Đã nhận đủ", "Received"),
    "closed": ("Đã đóng", "Closed"),
}
"""Those that a company has unless it sets its own."""

STEP_STATES: Final[Mapping[str, Both]] = {
    "waiting": ("chưa đến lượt", "not yet"),
    "open": ("đang mở", "open"),
    "approved": ("đã duyệt", "approved"),
    "skipped": ("bỏ qua", "skipped"),
}

REMEDIES: Final[Mapping[str, Both]] = {
    "unauthenticated": TEXTS["how_to_sign_in"],
    "insufficient_user_authentication": ("Đăng nhập lại rồi làm lại.", "Sign in again, then repeat the command."),
    "forbidden": ("Việc này dành cho người có vai trò khác.", "Somebody with another role can do this."),
    "not_found": ("Kiểm tra số yêu cầu: list.", "Look for the number: list."),
    "not_your_step": ("Xem đang chờ ai: show.", "See who is waited on: show."),
    "not_eligible": ("Xem đang chờ ai: show.", "See who is waited on: show."),
    "self_approval": ("Người khác phải duyệt: show.", "Somebody else must approve it: show."),
    "step_closed": ("Xem tình trạng hiện nay: show.", "See how it stands now: show."),
    "run_ended": ("Xem tình trạng hiện nay: show.", "See how it stands now: show."),
    "request_locked": ("Thu hồi trước: recall.", "Take it back first: recall."),
    "held": ("Người thực hiện phải trả lời về đơn hàng đã thay đổi.", "Its owner must answer the changed order first."),
    "stale_version": ("Xem lại rồi quyết định: show.", "Look at it again, then decide: show."),
    "note_required": ("Thêm --note.", "Add --note."),
    "approver_not_chosen": ("Chọn bằng --approver BƯỚC=TÀI KHOẢN.", "Choose by --approver STEP=USERNAME."),
    "approver_not_eligible": ("Chọn người khác: --approver.", "Choose somebody else: --approver."),
    "too_many_requests": ("Chờ {seconds} giây.", "Wait {seconds} seconds."),
    "engine_unavailable": ("Thử lại sau.", "Try again later."),
    "database_unavailable": ("Thử lại sau.", "Try again later."),
    "issuer_unavailable": ("Thử lại sau.", "Try again later."),
}
"""What to do about a refusal, by its code."""

OPTIONS: Final[Mapping[str, str]] = {
    "/note": "--note",
    "/send/note": "--note",
    "/step": "--step",
    "/to": "--to",
    "/for": "--for",
    "/approvers": "--approver",
    "/purchase_status": "--status",
    "/event_id": "--event-id",
    "/request_number": "REQUEST",
    "/lines": "--received/--sent-back/--in-all",
    "/process_status": "--status",
    "process_status": "--status",
    "/username": "--demo-user",
}
"""The option that a wrong place came from."""


class Words:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Final = language
        self._place: Final = 0 if language == "vi" else 1

    def __call__(self, name: str, **params: object) -> str:
        """A text of ``TEXTS``."""
        return TEXTS[name][self._place].format(**params)

    def status(self, code: str) -> str:
        """A process status; one that is not known here, as its code."""
        return STATUSES.get(code, (code, code))[self._place]

    def purchase_status(self, code: str) -> str:
        """A purchase status; one that a company has made its own, as its code."""
        return PURCHASE_STATUSES.get(code, (code, code))[self._place]

    def step_state(self, code: str) -> str:
        """Where a step stands."""
        return STEP_STATES.get(code, (code, code))[self._place]

    def remedy(self, code: str, **params: object) -> str | None:
        """What to do about a refusal, where that is known."""
        known = REMEDIES.get(code)
        return known[self._place].format(**params) if known else None

    def number(self, decimal: str) -> str:
        """A decimal string as people write it: ``28900000`` is ``28.900.000`` or ``28,900,000``."""
        whole, _, part = decimal.partition(".")
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        grouped = f"{int(digits or 0):,}"
        if self.language == "vi":
            return sign + grouped.replace(",", ".") + (f",{part}" if part else "")
        return sign + grouped + (f".{part}" if part else "")


def option_of(pointer: str) -> str:
    """The option that a wrong place of a call came from, or the place itself."""
    return next((option for place, option in OPTIONS.items() if (pointer + "/").startswith(place + "/")), pointer)
