"""What people read, in Vietnamese and English.

The English text is the message id; ``vi.po`` beside this file holds the Vietnamese. A text may have parameters in braces.
"""

from texts.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Language, negotiate, translate
from texts.domain import (
    action_label,
    channel_label,
    explain,
    field_problem,
    further_refusals_text,
    input_label,
    number_text,
    person_name,
    process_status_label,
    refusal_text,
    role_label,
    short_refusal,
)
from texts.imports import (
    goods_headings,
    import_column_label,
    import_columns_by_heading,
    import_guide_label,
    import_hint,
    import_kind_label,
    yes_or_no,
)
from texts.matrix import column_label, columns_by_heading
from texts.notices import notice_heading, notice_kind_label, notice_said, notice_text
from texts.purchasing import flag_question, flag_text, heading_to_buy, order_change_mark

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Language",
    "action_label",
    "channel_label",
    "column_label",
    "columns_by_heading",
    "explain",
    "field_problem",
    "flag_question",
    "flag_text",
    "further_refusals_text",
    "goods_headings",
    "heading_to_buy",
    "import_column_label",
    "import_columns_by_heading",
    "import_guide_label",
    "import_hint",
    "import_kind_label",
    "input_label",
    "negotiate",
    "notice_heading",
    "notice_kind_label",
    "notice_said",
    "notice_text",
    "number_text",
    "order_change_mark",
    "person_name",
    "process_status_label",
    "refusal_text",
    "role_label",
    "short_refusal",
    "translate",
    "yes_or_no",
]
