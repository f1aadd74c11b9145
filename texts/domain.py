"""Texts for the domain's codes: labels, reasons, refusals.

Keys are the plain strings of ``approval``'s enums, which this package does not import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from texts.catalogue import translate
from texts.imports import import_column_label
from texts.matrix import matrix_row_text, nearest_row_text
from texts.moments import day_text

_PROCESS_STATUS: Final = {
    "not_sent": "Not sent",
    "in_progress": "In progress",
    "returned": "Returned",
    "rejected": "Rejected",
    "cancelled": "Cancelled",
    "completed": "Completed",
}

_ACTION: Final = {
    "create": "Created",
    "edit": "Edited",
    "delete": "Deleted",
    "send": "Sent",
    "send_again": "Sent again",
    "approve": "Approved",
    "approve_by_line": "Decided line by line",
    "reject": "Returned",
    "reject_and_end": "Rejected and ended",
    "recall": "Recalled",
    "cancel": "Request cancelled",
    "resolve_approvers": "Approvers resolved again",
    "remind": "Reminded",
    "forward": "Forwarded",
    "consult": "Asked",
    "answer": "Answered",
    "add_approver": "Approver added",
    "reassign": "Reassigned",
    "move_run": "Moved to another version of the process",
    "resolve_hold": "Answered the changed order",
    "resolve_hold_keep": "Kept although the order has changed",
    "resolve_hold_amend": "Taken back to be amended",
    "hold": "Held: the order has changed",
    "resume": "Goes on: the order is as it was",
    "escalate": "Escalated",
    "expire": "Returned: nobody decided in time",
    "expire_and_end": "Rejected and ended: nobody decided in time",
    "purchasing_event": "Purchasing reported",
    "purchase_order": "On a purchase order",
    "cancel_purchase_order": "Off the purchase order",
    "unknown": "Unknown signal",
}

_CHANNEL: Final = {
    "api": "through the API",
    "pages": "on the pages",
    "signal": "by a signal straight to Temporal",
    "email": "by e-mail",
}

_PAST: Final = {
    "send": "sent it",
    "approve": "approved it",
    "approve_by_line": "decided it line by line",
    "reject": "returned it",
    "reject_and_end": "rejected and ended it",
    "recall": "recalled it",
    "cancel": "cancelled it",
    "resolve_approvers": "resolved its approvers again",
    "remind": "reminded its approvers",
    "forward": "forwarded it",
    "consult": "asked somebody about it",
    "answer": "answered a question about it",
    "add_approver": "added an approver to it",
    "reassign": "gave it to others",
    "move_run": "moved it to another version of its process",
    "resolve_hold": "answered the changed order",
    "hold": "held it, since its order had changed,",
    "resume": "let it go on, since its order was as before,",
    "escalate": "escalated it",
    "expire": "returned it, since nobody had decided in time,",
    "expire_and_end": "rejected and ended it, since nobody had decided in time,",
}

_ABOUT_TOTAL: Final = re.compile(r"\s*request\.total\s*(?P<comparison>[<>]=?)\s*(?P<amount>\d+(\.\d+)?)\s*")

_TOTAL_IS: Final = {
    ">=": "the total is {amount} or more",
    ">": "the total is more than {amount}",
    "<=": "the total is {amount} or less",
    "<": "the total is less than {amount}",
}

_WHY: Final = {
    "always": "Runs for every request",
    "named_user": "{name} is named by the process",
    "role": "Holds the role {role}",
    "manager": "Manager of {owner}, level {levels}",
    "chosen_by_requester": "Chosen by the requester",
    "chosen_person_left": "The person chosen cannot approve any more",
    "added_by_change": "Added because of what an approver changed",
    "dropped_by_change": "Not needed any more after what an approver changed",
    "carried_from": "Approved in step “{step_name}” already, which holds here too",
    "carried_from_round": "Approved in round {round}; nothing that it looks at has changed since",
    "carried_within_tolerance": "Approved in round {round}; what it looks at has changed by no more than {tolerance}%",
    "carried_from_visit": "Approved before; nothing that it looks at has changed since",
    "returned_it": "Asks again: it returned the request",
    "approvers_changed": "Asks again: other people approve it now",
    "rule_changed": "Asks again: other votes are needed now",
    "input_changed": "Asks again: {field} has changed since it approved",
    "threshold_crossed": "Asks again: a condition of the process answers otherwise than when it approved",
    "somebody_asks_again": "Asks again: somebody looks at what is sent",
    "escalated_from": "May decide too, since {name} did not decide in time",
    "forwarded_by": "Forwarded by {name}",
    "added_by": "Added by {name}",
    "reassigned_from": "In the place of {name}, by an administrator",
    "not_in_version": "Not a step of version {version} of the process",
    "condition_true": "Needed because: {condition}",
    "condition_false": "Skipped: it is needed only when {condition}",
    "condition_unknown": "Needed only when {condition}",
}

_INPUT: Final = {
    "purpose": "the purpose",
    "delivery_address": "the delivery address",
    "desired_delivery_date": "the desired delivery date",
    "description": "the description",
    "currency": "the currency",
    "total": "the total",
    "routing_amount": "the routing amount",
    "department": "the department",
    "source_type": "what it was made from",
    "lines": "which goods there are",
    "lines.product_code": "a product",
    "lines.description": "the description of goods",
    "lines.warehouse": "a warehouse",
    "lines.unit": "a unit",
    "lines.quantity": "a quantity",
    "lines.unit_price": "a price",
    "lines.supplier": "a supplier",
}

_ROLE: Final = {
    "sales": "Sales",
    "manager": "Manager",
    "director": "Director",
    "purchasing": "Purchasing",
    "admin": "Administrator",
}

_REFUSAL: Final = {
    "unauthenticated": ("Sign in first", "Send a valid bearer token; this one is missing, expired or not ours."),
    "insufficient_user_authentication": (
        "Sign in again first",
        "This cannot be undone, so it takes a token of somebody who signed in less than {minutes} minutes ago; this one is older.",
    ),
    "forbidden": ("Not allowed", "You may not do this here."),
    "forbidden.csrf": ("This page is out of date", "Nothing was changed. Open the page again and repeat what you did."),
    "forbidden.recall": ("Not allowed", "Only the owner can recall a request."),
    "forbidden.send": ("Not allowed", "Only the owner can send a request."),
    "forbidden.cancel": ("Not allowed", "Only the owner or a process admin can cancel a request."),
    "forbidden.edit": ("Not allowed", "Only the owner can edit or delete a request."),
    "forbidden.revoke": ("Not allowed", "Only the person who is away or an admin can revoke this."),
    "forbidden.resolve_approvers": ("Not allowed", "Only a process admin can resolve approvers again."),
    "forbidden.answer": ("Not allowed", "Another person was asked this."),
    "forbidden.add_approver": (
        "Not allowed",
        "You made this request: you can have somebody decide only after a step that is open, and only where the process allows it.",
    ),
    "forbidden.move_run": ("Not allowed", "Only a process admin can move a run to another version."),
    "forbidden.resolve_hold": ("Not allowed", "Only the owner can answer how the order changed."),
    "forbidden.reassign": ("Not allowed", "Only a process admin can give what waits on somebody to others."),
    "forbidden.link": ("This link is not good any more", "Whoever it was sent to cannot use the system now."),
    "forbidden.link_of_another": (
        "This link is for somebody else",
        "You are signed in here, and the mail went to another person. Nothing was decided.",
    ),
    "forbidden.link_rules": ("Not from a mail", "The company has this decided by people who are signed in."),
    "link_used": ("This link was used", "It is good for one decision, and it was used{when}. Nothing was decided now."),
    "link_expired": ("This link is too old", "Links from mails are good for three days. Nothing was decided."),
    "not_found.link": ("No such link", "Open it again from the mail: it may have been cut. Nothing was decided."),
    "stale_version.link": (
        "The request has changed",
        "It is not what the mail showed any more. Nothing was decided: look at it as it is now.",
    ),
    "step_closed.link": ("Not yours to decide any more", "Others were asked in your place, or it is settled."),
    "forbidden.remind": ("Not allowed", "Only the owner or a process admin can have approvers reminded."),
    "forbidden.attach": (
        "Not allowed",
        "Files are attached by the owner while the request can be edited, and by whoever can decide it now.",
    ),
    "forbidden.remove_attachment": ("Not allowed", "Only whoever attached a file can remove it."),
    "forbidden.edit_comment": ("Not allowed", "Only whoever wrote a comment can edit it."),
    "forbidden.late_comment": (
        "Too late to edit",
        "A comment can be edited for ten minutes after it was written. Write another one.",
    ),
    "forbidden.watchers": (
        "Not allowed",
        "Only the owner, an approver of the request or an admin can choose who watches it.",
    ),
    "forbidden.role": ("Not allowed", "This needs the role {role}."),
    "not_your_step": ("Not your step", "You are not an approver of this step, so you cannot decide it."),
    "self_approval": (
        "Nobody approves their own request",
        "You made this request; another approver must decide it.",
    ),
    "not_signed": ("Not signed", "Only signed decisions are taken here, and this one is not signed."),
    "not_signed.missing": ("Not signed", "Only signed decisions are taken here, and this signal has no signature."),
    "not_signed.wrong": (
        "Not signed",
        "Only signed decisions are taken here, and the signature of this signal is wrong.",
    ),
    "not_signed.hint": (
        "Not signed",
        "Only signed hints are taken here: set a secret of hints first, and sign the body with it.",
    ),
    "not_signed.expired": (
        "Not signed",
        "Only signed decisions are taken here, and the signature of this signal has expired.",
    ),
    "not_found": ("Not found", "There is nothing here, or you may not see it."),
    "method_not_allowed": ("Method not allowed", "This address does not take that method."),
    "not_acceptable": ("Not given in that form", "This is given as {kinds}; ask for one of these."),
    "not_connected": (
        "Not connected to a process",
        "The CRM is not connected to a purchase process. Your request is kept; ask an admin to connect one, then send it.",
    ),
    "request_locked": ("The request is locked", "It is “{status_label}”, so this cannot be done now."),
    "request_locked.waiting": (
        "The request is locked",
        "It waits to be sent and goes out as soon as the process system can be reached.",
    ),
    "request_busy": ("Somebody is changing this request", "It is being changed just now. Try again in a moment."),
    "reminded_recently": (
        "Reminded a little while ago",
        "The approvers of this step were reminded{when}; they can be reminded again four hours after that.",
    ),
    "step_closed": ("Already decided", "This step is not open any more."),
    "step_closed.decided": ("Already decided", "{actor_name} {past_action} first{when}."),
    "step_closed.not_held": (
        "Nothing to answer",
        "The request is not held: its order does not differ, or that was answered.",
    ),
    "held": (
        "Held: the order has changed",
        "Nothing can be decided until the owner has answered how the order differs from the request: {changes}.",
    ),
    "held.cancelled": (
        "Held: the order was cancelled",
        "Nothing can be decided until the owner has said what becomes of the request.",
    ),
    "step_closed.others_first": ("Somebody is heard first", "{person_name} decides first; then it is your turn again."),
    "step_closed.answered": ("Answered already", "This was answered{when}."),
    "step_closed.deferred": (
        "You have decided already",
        "Your decision takes effect in a moment. Take it back first if you want to decide otherwise.",
    ),
    "undo_too_late": ("Too late to take it back", "Your decision took effect{when}."),
    "undo_too_late.refused": (
        "There is nothing to take back",
        "Your decision did not take effect; the timeline says why.",
    ),
    "step_closed.not_open_yet": ("Not open yet", "Another step comes before this one and is still open."),
    "step_closed.not_sent": ("Not sent yet", "The request has not been sent, so no step is open."),
    "run_ended": ("The run has ended", "The request is “{status_label}”: {actor_name} {past_action}{when}."),
    "not_completed": (
        "Not approved yet",
        "Purchasing can report only after the last approval; the request is “{status_label}”.",
    ),
    "not_completed.order": (
        "Not approved yet",
        "Only goods of approved requests are ordered; the request is “{status_label}”.",
    ),
    "order_exists": (
        "It is bought already",
        "The request is approved, and purchase order {orders} stands for it; it cannot be taken back any more.",
    ),
    "not_scanned_yet": (
        "Not scanned yet",
        "The virus scanner has not looked at this file yet. Try again in a moment.",
    ),
    "infected": ("Something harmful is in it", "The virus scanner found {found} in this file, so nobody is given it."),
    "stale_version": ("The request has changed", "You saw an older version. Reload it and do it again."),
    "calendar_missing": (
        "The calendar has no working time",
        "By these weekly hours no deadline would ever be over. Say when people work.",
    ),
    "stale_version.calendar": (
        "Somebody changed the calendar meanwhile",
        "Nothing was changed now. Look at it as it is, and do it again.",
    ),
    "stale_version.import": (
        "Something has changed meanwhile",
        "The file would change something else by now than what was shown. Look at it again, then take it.",
    ),
    "stale_version.process": (
        "The process has changed",
        "The request goes on with another version of its process by now. Look at its steps, and do it again.",
    ),
    "stale_version.person": (
        "Somebody changed them meanwhile",
        "Nothing was changed now. Look at it as it is, and do it again.",
    ),
    "stale_version.draft": ("Somebody saved another draft meanwhile", "{actor_name} saved it{when}."),
    "host_not_allowed": (
        "Not the address of this system",
        "It does not answer under this host name; open it by the address that you were given. Whoever runs it can allow "
        "further names in the setting ALLOWED_HOSTS.",
    ),
    "too_large": ("Too much at once", "This is longer than {most}; nothing was done with it."),
    "range_not_satisfiable": ("Outside of the file", "It has {size} bytes, and none of those that were asked for."),
    "if_match_required": ("If-Match is missing", "Send the request's ETag as If-Match, so that nobody's edit is lost."),
    "invalid": ("Something is not right", "Check the places named in “errors”."),
    "note_required": ("A note is required", "Write why, so that the others know."),
    "note_required.order_cancelled": (
        "A note is required: the order was cancelled",
        "Send it with a note that says why the goods are needed all the same, or do not send it.",
    ),
    "field_not_editable": ("Field not editable", "This step may not change: {fields}."),
    "approver_not_chosen": ("Choose an approver", "Step “{step_name}” needs an approver of your choice: {people}."),
    "approver_not_eligible": (
        "Approver not eligible",
        "{choice} cannot approve step “{step_name}”. Choose one of: {people}.",
    ),
    "approver_not_eligible.owner": (
        "Nobody approves their own request",
        "{person_name} made this request; choose somebody else.",
    ),
    "no_eligible_approver": (
        "No eligible approver",
        "Step “{step_name}” has nobody who could approve it; ask an admin to correct the process or the directory.",
    ),
    "no_eligible_approver.all_skipped": (
        "No eligible approver",
        "No step of the process applies to this request, so that nobody would approve it.",
    ),
    "no_eligible_approver.nothing_left": (
        "Nothing would be left to decide",
        "That version has no step that is still to be decided, so that nobody would complete the request.",
    ),
    "no_eligible_approver.no_row": (
        "No eligible approver",
        "No row of the approval matrix is for this request in step “{step_name}”. {nearest}",
    ),
    "step_unsatisfiable": (
        "Too few approvers",
        "Step “{step_name}” needs {needed} approvals, and {there} could give one; ask an admin to correct the process or the "
        "directory.",
    ),
    "not_eligible": ("One person, one vote", "You cannot decide this for somebody else."),
    "not_eligible.voted": (
        "One person, one vote",
        "You have decided in this step already, and nobody has two votes in one step: they must decide it themselves, or "
        "another substitute of theirs.",
    ),
    "not_eligible.passed": (
        "The run is further on",
        "In that version step “{step_name}”, which is still to be decided, does not come after what was decided here.",
    ),
    "not_eligible.matrix": (
        "Others approve it then",
        "With this change, row {row} of the approval matrix has step “{step_name}” approved by: {people}. "
        "Approve without it, or return the request.",
    ),
    "not_eligible.own_first": (
        "Decide in your own right first",
        "You are asked in this step yourself, so what you decide in it is your own vote.",
    ),
    "not_eligible.substitute": (
        "Not as a substitute",
        "You decide this for somebody else, and cannot give it to others: they must do that themselves.",
    ),
    "not_eligible.in_step": (
        "Asked in this step already",
        "{person_name} has a place or a vote in this step already; choose somebody else.",
    ),
    "not_eligible.oneself": ("That is yourself", "Choose somebody else."),
    "not_eligible.asked_already": (
        "Asked already",
        "{person_name} has yet to answer what you asked; wait for that answer, or decide.",
    ),
    "not_eligible.too_many_questions": (
        "Enough was asked",
        "In a step at most {most} questions are asked; decide by what was answered.",
    ),
    "not_eligible.was_added": (
        "Added yourself",
        "You were added to this step by somebody, and those who were added add nobody.",
    ),
    "not_eligible.too_many_added": (
        "Enough were added",
        "In a round at most {most} approvers are added.",
    ),
    "not_eligible.asked_no_more": ("Nothing waits there", "Nothing of this request waits on this person any more."),
    "not_eligible.still_named": (
        "Nobody else is named",
        "The process names {person_name} for this step still, or nobody at all; choose who gets it.",
    ),
    "not_eligible.would_be_approved": (
        "The step would be approved by it",
        "Without {person_name} the step has the approvals that it needs, and nobody would have decided that; choose who gets it, "
        "or resolve the approvers again.",
    ),
    "not_eligible.no_manager": (
        "No manager who could",
        "Nobody above this person could decide it: they made the request, are asked already, or have left; choose who gets it.",
    ),
    "encryption_key_missing": (
        "No key to encrypt with",
        "This installation keeps no secrets: whoever runs it must set ENCRYPTION_KEYS first, the same for API and workers.",
    ),
    "too_many_forwards": (
        "Forwarded often enough",
        "This was forwarded {most} times; decide it yourself, or return it.",
    ),
    "ceiling_exceeded": (
        "More than you may decide on",
        "You decide for {person_name} up to {ceiling} {ceiling_currency}, and this request is {amount} {currency}: "
        "{person_name} must decide it, or a substitute with a higher limit.",
    ),
    "process_invalid": ("The process is not valid", "Check the places named in “errors”."),
    "process_invalid.step": ("The process is not valid", "Step “{step_name}”: {problem}."),
    "condition_too_costly": ("A condition is too much work", "Check the places named in “errors”."),
    "condition_too_costly.step": ("A condition is too much work", "Step “{step_name}”: {problem}."),
    "event_id_reused": (
        "The event's id was used before",
        "Another report came with the same event_id, so this one was not taken; send it with an id of its own.",
    ),
    "idempotency_key_reused": (
        "Idempotency-Key or command_id was used before",
        "The same one came with another call; use a new one.",
    ),
    "too_many_requests": ("Too many requests", "Wait a moment and try again."),
    "engine_unavailable": ("The process system is away", "Nothing is lost. Try again in a moment."),
    "issuer_unavailable": (
        "The sign-in system is away",
        "Your token cannot be checked right now. Try again in a moment.",
    ),
    "database_unavailable": (
        "The database is away",
        "Try again in a moment, with the same Idempotency-Key: then nothing is done twice.",
    ),
    "storage_unavailable": (
        "The file storage is away",
        "Files cannot be kept or given out right now. Try again in a moment.",
    ),
    "internal_error": (
        "Something went wrong",
        "It has been logged. Try again, or tell the people who run this system.",
    ),
}

_FURTHER_REFUSALS: Final = {
    "one": "and one more refused attempt by {name}: {reasons}",
    "many": "and {count} more refused attempts by {name}: {reasons}",
    "nobody": "unknown people",
}

_FIELD: Final = {
    "file_form": "send one file, in the field file of a form (multipart/form-data)",
    "file_missing": "choose a file",
    "file_name": "give the file a name, such as bao-gia.pdf",
    "file_kind": "no file of this kind can be attached; attach one of these: {allowed}",
    "file_empty": "this file is empty; attach another one",
    "file_size": "a file has at most {most} MB; attach a smaller one, or divide it",
    "file_content": "this is not what the ending of its name says; save it as what it is, with the right ending",
    "file_text": "this is no text in UTF-8; save it as UTF-8, or attach it as PDF",
    "file_damaged": "this document cannot be read; open it, save it anew without a password, and attach that",
    "file_macros": "this document has macros; save it without them",
    "file_archive": "there is an archive in this document; attach what is in it as files of their own",
    "file_unpacks": "this document would unpack to far more than is usual; attach it as PDF",
    "file_count": "a request has at most {most} files; remove one first",
    "files_size": "the files of a request have at most {most} MB together, of which {left} KB are left; remove one first, or "
    "attach a smaller one",
    "field_not_editable": "this step may not change this field",
    "changed_in_parallel": "{name} has changed this to {value} in a step that is open at the same time; leave it so",
    "cannot_return_there": "this step may return the request to: {allowed}",
    "step_was_not_decided": "nothing was decided in that step in this round, so that it cannot be opened again",
    "not_of_an_end": "a request that is rejected for good is returned to nobody; leave this out, or end: true",
    "not_an_earlier_step": "no step with the key {step} comes before this one",
    "too_many_substitutions": "at most {most} substitutions of one person hold at the same time, {of_pair} with one substitute; "
    "revoke one first",
    "break_too_long": "more than {most} days in a row are off from {day} on, so that no deadline would pass; leave some out",
    "lines_not_decided_here": "this step decides on the request as a whole; leave this out, or return the request",
    "line_is_out": "somebody has left this line out already, otherwise; what stands there stays for this round",
    "no_such_line": "the request has no line with this id",
    "id_is_given": "the server gives what is new its id; leave this out",
    "no_such_consultation": "nobody was asked this in this round; see the request's consultations",
    "no_such_step": "there is no such step in this round",
    "no_such_mention": "nobody active has the username {value}; to keep @{value} as text, put it between backticks (`)",
    "mention_not_seen": "{name} (@{value}) may not see this request; have the owner, an approver or an admin make them a watcher first",
    "mention_not_seen_yours": "{name} (@{value}) may not see this request; make them a watcher first, below in this card",
    "mention_in_edit": "nobody is told of an edit; write another comment to speak to @{value}",
    "too_many_views": "you have {most} views, as many as one may; delete one first",
    "view_name_taken": "another view of yours has the name {value} already",
    "too_many_flags": "you have flagged {most} requests, as many as one may; take a flag off another one first",
    "too_many_watchers": "at most {most} people watch a request; remove one first",
    "amis_field_twice": "each needs a field of its own",
    "amis_field_read": "the field {value} is one that is read from AMIS; make a field of its own for this",
    "amis_field_used": "AMIS uses the field {value} itself; make a field of its own for this",
    "no_such_user": "nobody active has the username {value}",
    "username_taken": "{value} is a username that somebody has already, also of those who have left",
    "own_admin": "you would take away your own role of an administrator; say that you know it with give_up_admin",
    "substitute_of_oneself": "nobody can be their own substitute; choose somebody else",
    "until_is_past": "this is over already; choose a time that is still to come",
    "until_before_from": "this must be after the beginning",
    "substitution_too_long": "a substitution is at most {most} days long; choose an earlier end, or ask an admin for a longer one",
    "no_such_department": "nobody active is in the department {value}",
    "no_such_process": "there is no process with the key {value}",
    "person_of_admins": "only an admin makes a substitution for somebody else; leave this out to make your own",
    "address_form": "this is no web address such as https://erp.example.com/hooks, without # and in plain letters",
    "address_scheme": "this must begin with https://",
    "address_credentials": "leave user and password out of the address",
    "address_port": "this port is not of web servers; use 443, or one from {lowest} on",
    "address_not_public": "{host} is not on the public internet, and no setting (WEBHOOK_ALLOWED_NETWORKS) names its network",
    "connector_address_not_public": "{host} is not on the public internet, and no setting (CONNECTOR_ALLOWED_NETWORKS) names its network",
    "too_many_endpoints": "there are {most} endpoints already; delete one first",
    "push_address": "no message can be sent there; this browser's push service is not on the public internet",
    "push_key": "this browser has not subscribed as this page wants it; open the page anew and try again",
    "too_many_devices": "you are told on {most} devices already; remove one first",
    "chat_has_no_secret": "a chat has no secret; whoever knows its address can write there, so have the chat give you another one",
    "secret_was_shown": "its secret was shown when it was made, and is not shown again; make another one",
    "endpoint_is_off": "it is off; switch it on first",
    "zalo_chat_id": "Zalo needs the id of the chat that the bot writes to",
    "chat_id_of_zalo": "only Zalo has this; leave it out",
    "no_such_version": "the process has no published version of this number",
    "runs_it_already": "the run goes on with this version already",
    "no_such_category": "no product is of the category {value}",
    "no_matrix": "this step takes its approvers from the approval matrix, and the process has none; add matrix",
    "matrix_step": "no step with the key {step} takes its approvers from the approval matrix",
    "matrix_empty_range": "this must be more than what the row begins at, or be left blank",
    "matrix_overlap": "the amounts of this row and of row {row}, which is for the same, cross",
    "matrix_unreachable": "this row can never match: row {row} and those after it take every request that it is for",
    "matrix_twice": "row {row} says the same already",
    "matrix_gap": "step {step}: no row is for amounts from {low} to below {high}",
    "matrix_gap_above": "step {step}: no row is for amounts from {low} on",
    "matrix_gap_of_department": "step {step}, department “{department}”: no row is for amounts from {low} to below {high}",
    "matrix_gap_above_of_department": "step {step}, department “{department}”: no row is for amounts from {low} on",
    "matrix_gap_general": "step {step}: every row is for some category or supplier only; add one that leaves both blank",
    "table_no_headings": "the file is empty; its first line names the columns",
    "table_heading": "there is no column {value}",
    "table_heading_near": "there is no column {value}; if it is {column}, call it that, or else delete it",
    "table_heading_twice": "the column {value} is there twice",
    "table_heading_missing": "there is no column {column}",
    "table_rows": "at most {most} rows",
    "table_lines": "at most {most} lines; part the file in two",
    "table_cell_error": "this cell holds an error; write a value, or leave it blank",
    "table_cell_formula": "this formula has no stored value; open the file in Excel and save it, or write the value itself",
    "table_cell_number": "this is no number that can be used",
    "table_csv": "this is no CSV file in UTF-8; have Excel save it as “CSV UTF-8”",
    "table_neither": "this is neither an Excel workbook (.xlsx) nor a CSV file; save it as one of the two",
    "table_packed": (
        "this is no CSV file but packed, as Excel workbooks are; send a workbook under a name that ends in .xlsx, or with the "
        "content type of one"
    ),
    "table_excel": "this is no Excel workbook (.xlsx) with a sheet",
    "table_excel_time": "a cell formatted as a date or a time holds a number that is none; format it as a number",
    "table_excel_large": "this workbook is too large; leave out everything but the sheet with the table",
    "import_number": "write a number such as 1234.5, 1,234.5 or 1.234,5",
    "import_number_ambiguous": (
        "some read {value} as {whole}, others as a number with decimals; write it without separators, or have Excel format "
        "the cell as a number"
    ),
    "import_date": "write the date as 24/11/2026, or have Excel format the cell as a date",
    "import_no_such_day": "there is no such day; write the day first, then the month: 24/11/2026",
    "import_year": "this year is before 1990 or after 2099; write it with four digits",
    "import_flag": "write yes or no",
    "import_role": (
        "“{value}” is no role; write one of ours, such as Sales or Manager, or a role of your own in lower-case letters a-z, "
        "digits, - or _"
    ),
    "import_username": "write the name that they sign in with, without spaces, commas, semicolons or $",
    "import_email": "this is no e-mail address; write one such as an.nguyen@example.com, or leave it blank",
    "import_no_headings": "the first row that has anything in it names none of the required columns: the headings belong there, on the first sheet; or the file is about something else than was chosen",
    "import_example": "this is the example of the template; delete the row",
    "import_differs": "row {row} says something else of the same document; write the same here, or leave it blank",
    "import_twice": "{value} stands in row {row} already; delete one of the two rows",
    "import_other_case": "there is {value} already; write it in just this way",
    "import_no_manager": "nobody has the username {value}; add them to the file, or correct it",
    "import_manager_left": "{value} has left; name somebody else",
    "import_manager_circle": "the managers go around in a circle ({value}); name somebody else, or leave one of them blank",
    "import_last_admin": "{value} is the last administrator who can sign in; make somebody else one first",
    "import_content_type": "send CSV (text/csv) or an Excel workbook (.xlsx)",
    "matrix_grouped": "write the amount without separators, such as 50000000",
    "matrix_vote_one": "write 100% or all as text if everybody must approve, 1 as text or any if one person is enough",
    "matrix_approver": "write usernames, role:ROLE or manager:LEVELS_UP, separated by semicolons",
    "matrix_content_type": "send JSON, CSV (text/csv) or an Excel workbook (.xlsx)",
    "matrix_json": "send a JSON object with rows",
    "no_such_role": "nobody active holds the role {value}",
    "no_such_source": "there is no such sales order or opportunity",
    "keep_or_amend": "say keep or amend",
    "source_cancelled": "it was cancelled, so that nothing is to be bought for it",
    "source_twice": "the key {value} is there twice",
    "source_line_twice": "two lines have the key {value}",
    "source_of_another_type": "what has this key is a sales order here and an opportunity there, or the other way round",
    "source_number_taken": "another sales order or opportunity has the number {value}",
    "source_owner_unknown": "nobody of our directory has the username {value}",
    "no_such_product": "the request has no line with this product code",
    "ambiguous_product": "several lines have this product code; give line_id",
    "event_id_reused": "this id belongs to another report; use a new one, and this one only to repeat that report unchanged",
    "unknown_purchase_status": "unknown purchase status; use one of: {allowed}",
    "time_out_of_range": "this time is before the year 2000 or more than a day ahead",
    "not_published": "this process has no published version",
    "key_differs": "the key in the document must be {value}",
    "step_approver_is_not_chosen": "the approver of this step is not chosen by the requester",
    "note_required": "a note is required",
    "value_required": "a value is required",
    "too_much_at_once": "this is too much for one decision; approve with fewer or shorter changes",
    "write a number such as {example}": "write a number such as {example}",
    "write a date such as {example}": "write a date such as {example}",
    "field_not_for_this_action": "this field does not belong to this action",
    "decimal_as_text": 'send a number with decimals as a text, such as "3.5"',
    "json_body": "send a JSON object as the body, with the header Content-Type: application/json",
    "unknown_parameter": "there is no such parameter; use one of: {allowed}",
    "no_parameters": "there is no such parameter; this address takes none",
    "parameter_repeated": "give this parameter once",
    "limit_range": "ask for 1 to {most} items at once",
    "key_length": "give a key of 1 to {most} characters",
    "unknown_sort": "sort by one of: {allowed}; a minus before it sorts downwards",
    "unknown_cursor": "this is no cursor of this list; use the next_cursor of the page before",
    "unknown_marker": "give a time with its zone, such as 2026-11-24T03:00:00Z, or what an answer of this list gave to go on with",
    "unknown_action": "unknown action",
    "unknown_signal": "unknown signal; use approve, reject, recall, cancel, remind, forward, consult, answer, add_approver, reassign, move_run or resolve_hold",
    "engine_cancellation": "the engine cannot cancel a request; send the signal cancel, with who and why",
    "one_json_object": "send exactly one JSON object",
    "command_id_of_another_command": "this command id was used for something else",
    "message_too_large": "send at most 1 MB",
    "payload_key_missing": "this is encrypted with a key that the workers do not have (PAYLOAD_KEYS)",
    "other_namespace": "this installation is the namespace {namespace}",
    "reserved_name": "nobody can act by this name",
    "body_values": "this has more than {most} values; send fewer at once",
    "body_levels": "lists and objects are nested more than {most} levels deep here",
    "too_many_values": "this has more values than any decision needs",
    "not_a_stored_command": "only the API sends this signal",
    "no_such_request": "there is no request with this number; numbers look like YCMH-2026-000001",
    "no_such_command": "the API has stored no such command",
    "could_not_be_stored": "this could not be stored",
    "command_id_of_another_request": "this command id was used for another request",
    "currency_unknown": "no currency has this code; three letters such as VND or USD",
    "currency_code": "three capital letters, such as VND",
    "control_characters": "character {place} is the control character {character}, which no text can hold; delete it",
    "direction_characters": (
        "character {place} is {character}, which turns the text around, so that people read another one; delete it"
    ),
    "hidden_characters": "character {place} is {character}, which nobody can see and which can hide something; delete it",
    "no_characters": "character {place} is {character}, which is no character at all; delete it",
    "stacked_marks": "there are more than {most} marks on one letter before character {place}; delete them",
    "nothing_visible": "there is nothing to be seen in this text; write something",
    "one_name_of_line": "give either line_id or product_code",
    "one_quantity_of_line": "give one of received, sent_back and quantity_received",
    "moved_and_corrected": "enter what came or went back, or how much has come in all, not both",
    "movement_and_correction": "this line is there with received or sent_back and with quantity_received; give one of them",
    "order_line_twice": "a line is there twice; give each line once, with all that the order has of it",
    "not_approved_yet": "this request is not approved",
    "nothing_reported": "report purchase_status, lines, or both",
    "key_form": "write 1 to 60 lower-case letters a-z, digits, - or _, a letter first",
    "if_none_match": "send If-None-Match: *, or leave it out",
    "key_taken": "this key is taken by another process; choose another one",
    "step_key_taken": "step {step} has the key {key} already; give each step a key of its own",
    "localized_text": "give a text of 1 to 200 characters, or one each for vi and en",
    "approver_form": "give one of user: USERNAME, role: ROLE, manager: LEVELS_UP (1 to 10)",
    "decision_of_chosen": "a step whose approver is chosen has one approver: use decision any",
    "decision_form": "write any, all, or a quorum such as {quorum: 2} or {quorum: 60%}",
    "quorum_form": "write how many people, such as 2, or a part of them, from 1% to 100%",
    "duration_form": "write business hours as 16bh, business days as 2bd, hours by the clock as 36h; of a reminder also 50%",
    "duration_range": "at most {most}",
    "escalation_form": "write manager, or one of role: ROLE, user: USERNAME",
    "needs_deadline": "this counts from a deadline, and the step has none; add deadline",
    "two_deadlines": "the step has a deadline already; leave this out",
    "needs_expire_after": "say with expire_after how long after the last escalation, or else after the deadline, this happens",
    "needs_on_expiry": "nothing happens then; add on_expiry: return or reject, or leave this out",
    "week_too_short": "people work fewer than {hours} hours in such a week",
    "hours_order": "write hours of one day in their order, each ending after it begins and before the next begins",
    "no_such_country": "the holidays of this country are not known; use its two letters (ISO 3166), such as VN",
    "year_range": "give a year from {first} to {last}",
    "months_range": "give a day that is not after the last one, and at most {most} months before it",
    "day_twice": "{day} stands here twice",
    "quorum_unreachable": "{needed} must approve, and at most {there} can be asked here; name more approvers, or ask for fewer",
    "step_kind": "this must be approval, or, if it is a step of the process itself, parallel",
    "steps_in_all": "a process has at most {most} steps, those of its blocks included",
    "named_twice": "this is named twice",
    "hours_form": "write hours as 08:00-12:00",
    "needs_window": "say how far back requests are added up, for example 10bd; only of one source all count",
    "cumulative_unused": "no condition asks for request.routing_amount, so that nothing would look at what is added up",
    "needs_version_2": "this needs schema_version: 2",
    "label_without_condition": "this step has no condition to put into words; add when, or leave condition_label out",
    "label_outdated": (
        "the condition of this step is not that of version {version} any more, but its label still is; change the label in "
        "each language, or leave it out"
    ),
    "not_utf8": "this is not UTF-8; save the document in that encoding",
    "document_long": "this has more than {most} characters, which no process needs",
    "document_values": "this has more than {most} names and values, which no process needs",
    "nested_too_deeply": "this is nested too deeply to be read",
    "json_unreadable": "this cannot be read as JSON; check the commas, quotes and brackets before it",
    "yaml_unreadable": "this cannot be read as YAML; check the indentation, colons, quotes and brackets here",
    "yaml_value": "a value looks like a date or a number and is none; put it in quotes",
    "yaml_character": "no value can begin with this character; indent with spaces, not tabs, and put texts in quotes",
    "yaml_colon": (
        "a colon is too many or missing here; write key: value, indent lines that belong together alike, "
        "and put a text that has a colon in quotes"
    ),
    "yaml_indentation": "this line does not fit those above it; indent lines that belong together alike",
    "yaml_bracket": "the list or group is not complete here; close each [ with ] and each { with }, with commas between",
    "yaml_quote": "a text in quotes does not end, or has a wrong \\; close the quotes and write \\ as \\\\",
    "yaml_alias": "& and * repeat what stands elsewhere, which is not possible here; write it out, or put a text in quotes",
    "yaml_merge": "<< takes over fields from elsewhere, which is not possible here; write the fields out",
    "yaml_tag": "words that begin with ! are not allowed; leave it out, or put the text in quotes",
    "yaml_documents": "one document is enough; leave out the line --- and what follows it",
    "yaml_repeated": "this name stands above already; leave one of the two out",
    "json_repeated": "the name “{name}” stands twice in one object; leave one of the two out",
    "condition_incomplete": "the condition is not complete; something is missing at its end",
    "condition_syntax": (
        "the condition cannot be read from “{near}” on (character {character}); check brackets, quotes and operators"
    ),
    "condition_fact": "a condition knows no {fact}; it can ask about: {facts}",
    "condition_fact_close": "a condition knows no {fact}; did you mean {closest}? It can ask about: {facts}",
    "condition_function": "a condition cannot call {function} like this; it can call: {functions}",
    "condition_object": "a condition cannot build objects with { }; compare the facts themselves",
    "condition_answer": "a condition answers true or false; compare the value, as in request.total >= 1000.0",
    "condition_types": (
        "the condition puts together what does not fit; compare texts with texts and calculate amounts with decimals "
        "such as 1.0"
    ),
    "condition_index": (
        "the condition asks for a line that a request need not have; ask size(lines) first, or use lines.exists(line, …)"
    ),
    "condition_division": "the condition divides by zero; ask first that the divisor is not 0",
    "condition_nested": "the condition is nested more than {levels} levels deep; write it flatter",
    "condition_too_costly": (
        "asking the condition could take {evaluations} evaluations, and {allowed} are allowed; go through the lines once, "
        "with one exists or all instead of one within another or a filter, and begin the pattern of matches with ^"
    ),
    "condition_values": "the condition calls a function with a value that it cannot use; check the values it is given",
}


def process_status_label(status: str, language: str) -> str:
    """Tình trạng quy trình in words."""
    return translate(language, _PROCESS_STATUS.get(status, status))


def action_label(
    action: str,
    language: str,
    *,
    end: bool = False,
    again: bool = False,
    by_line: bool = False,
    choice: str | None = None,
) -> str:
    """What was done, in words.

    Args:
        action: its code.
        language: ``vi`` or ``en``.
        end: for ``reject`` and ``expire``: the run ended with it.
        again: for ``send``: the request had been sent before.
        by_line: for ``approve``: lines were left out with it.
        choice: for ``resolve_hold``: ``keep`` or ``amend``.
    """
    if action in ("reject", "expire") and end:
        action = f"{action}_and_end"
    elif action == "send" and again:
        action = "send_again"
    elif action == "approve" and by_line:
        action = "approve_by_line"
    elif action == "resolve_hold" and choice:
        action = f"resolve_hold_{choice}"
    return translate(language, _ACTION[action])


def channel_label(channel: str, language: str) -> str:
    """By which way something was said, in words."""
    return translate(language, _CHANNEL[channel])


def explain(code: str, params: Mapping[str, str], language: str) -> str:
    """Why a step has its approvers, or is skipped."""
    if code == "matrix_row":
        return matrix_row_text(params, language)
    if code == "matrix_nearest":
        return nearest_row_text(params, language)
    words = _with_condition(_with_role(params, language), language)
    words["step_name"] = params.get(f"step_name_{language}", params.get("step", ""))
    if "field" in params:
        words["field"] = input_label(params["field"], language)
    return translate(language, _WHY.get(code, code), words)


def field_problem(message: str, params: Mapping[str, str], language: str) -> str:
    """What is wrong with one field, and where in a text (``line``, ``column``) if a parser has said so.

    A message that is not ours is shown as it is.
    """
    if message == "condition_too_costly":
        params = {
            key: number_text(Decimal(value), language) if value.isdigit() else value for key, value in params.items()
        }
    if message.startswith("matrix_gap"):
        params = {
            **params,
            **{name: number_text(Decimal(params[name]), language) for name in ("low", "high") if name in params},
        }
    if "kind" in params and "column" in params:
        params = {**params, "column": import_column_label(params["kind"], params["column"], language)}
    problem = translate(language, _FIELD.get(message, message), params)
    if "cell" in params:
        where = _CELL[bool(params.get("sheet")), bool(params.get("heading"))]
        return translate(language, where, {**params, "problem": problem})
    if "line" in params and "column" in params:
        return translate(language, "line {line}, column {column}: {problem}", {**params, "problem": problem})
    return problem


_CELL: Final = {
    (False, False): "cell {cell}: {problem}",
    (False, True): "cell {cell} ({heading}): {problem}",
    (True, False): "sheet “{sheet}”, cell {cell}: {problem}",
    (True, True): "sheet “{sheet}”, cell {cell} ({heading}): {problem}",
}
"""Where something is wrong in a file, by whether its sheet and the heading of the column are known."""

_TO_OTHERS: Final = {
    "forbidden": "They may not do this here.",
    "not_your_step": "They are not an approver of this step, so they cannot decide it.",
    "not_eligible": "They cannot decide this for somebody else.",
    "not_eligible.voted": "They had decided in this step already, and nobody has two votes in one step.",
    "not_eligible.matrix": "With their change, row {row} of the approval matrix has step “{step_name}” approved by: {people}.",
    "not_eligible.own_first": "They were asked in this step themselves, so what they decide in it is their own vote.",
    "approver_not_eligible.owner": "{person_name} made this request, and nobody approves their own.",
    "not_eligible.substitute": "They decided this for somebody else, and could not give it to others.",
    "not_eligible.in_step": "{person_name} had a place or a vote in this step already.",
    "not_eligible.oneself": "They named themselves.",
    "not_eligible.asked_already": "{person_name} had yet to answer what they had asked.",
    "not_eligible.was_added": "They had been added to this step by somebody, and those who were added add nobody.",
    "step_closed.others_first": "{person_name} was to decide first.",
    "step_closed.deferred": "They had decided it a moment before.",
    "undo_too_late": "What they had decided had taken effect.",
    "undo_too_late.refused": "What they had decided had not taken effect.",
    "forbidden.answer": "Another person was asked this.",
    "forbidden.add_approver": "They made this request, and the process does not let them add an approver there.",
    "too_many_forwards": "It had been forwarded {most} times already.",
    "ceiling_exceeded": "They decide for {person_name} up to {ceiling} {ceiling_currency}, and the request was {amount} {currency}.",
    "self_approval": "They made this request; another approver must decide it.",
    "not_connected": "The CRM was not connected to a purchase process.",
    "stale_version": "They acted on an older version.",
    "note_required.order_cancelled": "The order was cancelled, and they did not say why the goods are needed all the same.",
    "stale_version.process": "The request went on with another version of its process by then.",
    "approver_not_chosen": "Step “{step_name}” needs an approver of their choice: {people}.",
    "invalid": "What they sent could not be taken as it was.",
    "process_invalid": "The process was not valid.",
    "condition_too_costly": "A condition of the process was too much work.",
    "event_id_reused": "Another report came with the same id, so this one was not taken.",
    "idempotency_key_reused": "The same had been sent before for something else, so it was not taken.",
    "insufficient_user_authentication": "It had become the last approval, for which they had signed in too long ago.",
}
"""What is said to whoever was refused, in words for the others, where those differ."""

_AT_PAGES: Final = {
    "unauthenticated": (
        "You are not signed in",
        "Signing in did not come to its end. Try again; if it goes on like this, tell the people who run this system.",
    ),
    "insufficient_user_authentication": (
        "Sign in again first",
        "This cannot be undone, and you signed in more than {minutes} minutes ago.",
    ),
    "method_not_allowed": ("Not possible here", "This address is not used like this. Begin again at the start page."),
    "invalid": ("Something is not right", "Check what you wrote."),
    "process_invalid": ("The process is not valid", "Correct what is marked in the document."),
    "condition_too_costly": ("A condition is too much work", "Correct what is marked in the document."),
    "event_id_reused": (
        "This form was sent before",
        "It was sent with other values, and those count. Open the request again and report what is different.",
    ),
    "idempotency_key_reused": (
        "This form was sent before",
        "It was sent for something else, and that counts; nothing was done now. Open the request again.",
    ),
    "issuer_unavailable": (
        "The sign-in system is away",
        "You cannot be signed in right now. Try again in a moment.",
    ),
    "database_unavailable": (
        "The database is away",
        "Try again in a moment. If you had just sent something, look first whether it was done.",
    ),
}
"""What is said to callers of the API, in words for people who use the pages, where those differ."""


def refusal_text(
    code: str,
    params: Mapping[str, str],
    language: str,
    *,
    zone: ZoneInfo,
    names: Mapping[str, str] | None = None,
    to_others: bool = False,
    at_pages: bool = False,
) -> tuple[str, str]:
    """Title and detail of a refusal.

    Args:
        code: the stable code.
        params: its parameters; ``variant``, ``action`` and ``step`` pick the wording where there are several.
        language: ``vi`` or ``en``.
        zone: in which times are shown.
        names: people's names by username.
        to_others: whether others than the one who was refused read it.
        at_pages: whether people at the pages read it, who know nothing of the API.
    """
    words = dict(params)
    candidates = (
        f"{code}.{params.get('variant')}",
        f"{code}.{params.get('action')}",
        f"{code}.step" if "problem" in params else code,
    )
    key = next((key for key in (*candidates, code) if key in _REFUSAL), code)
    said = _REFUSAL.get(key, (code, ""))
    title, detail = _AT_PAGES.get(key, said) if at_pages else said
    if to_others:
        detail = _TO_OTHERS.get(key, detail)
    words |= _with_role(params, language)
    words |= {name: number_text(Decimal(params[name]), language) for name in ("ceiling", "amount") if name in params}
    words["problem"] = field_problem(params.get("problem", ""), params, language)
    words["status_label"] = process_status_label(params.get("status", ""), language)
    words["step_name"] = params.get(f"step_name_{language}", params.get("step", ""))
    words["nearest"] = (
        nearest_row_text(params, language) if params.get("variant") == "no_row" and "row" in params else ""
    )
    actor = params.get("actor", "")
    words["actor_name"] = person_name(actor, (names or {}).get(actor, actor), language, begins=True)
    words["past_action"] = translate(language, _PAST.get(params.get("action", ""), ""))
    words["when"] = _when(params.get("at"), language, zone)
    return translate(language, title, words), translate(language, detail, words)


def short_refusal(code: str, params: Mapping[str, str], language: str) -> str:
    """The detail of a refusal in which no time is said."""
    return refusal_text(code, params, language, zone=ZoneInfo("UTC"))[1]


def further_refusals_text(name: str | None, codes: Mapping[str, int], language: str) -> str:
    """That somebody was refused so often more than is shown, and why.

    Args:
        name: theirs; None: nobody knows whose.
        codes: how often, by the refusal's code.
        language: the reader's.
    """
    count = sum(codes.values())
    message = _FURTHER_REFUSALS["one" if count == 1 else "many"]
    reasons = [
        f"{translate(language, _REFUSAL.get(code, (code,))[0])} ({number_text(Decimal(times), language)})"
        for code, times in sorted(codes.items(), key=lambda item: -item[1])
    ]
    words = {
        "count": number_text(Decimal(count), language),
        "name": name or translate(language, _FURTHER_REFUSALS["nobody"]),
        "reasons": ", ".join(reasons),
    }
    return translate(language, message, words)


SYSTEM: Final = "$system"
"""The actor of what happens by the clock: ``approval.model.SYSTEM``."""


def person_name(username: str, name: str, language: str, *, begins: bool = False) -> str:
    """The name of whoever acted; of the clock, what people call it, which may begin a sentence."""
    if username != SYSTEM:
        return name
    return translate(language, "The system" if begins else "the system")


def number_text(value: Decimal, language: str) -> str:
    """A number with all of its digits as a language writes it: ``1.250,5``, ``1,250.5``."""
    text = f"{value:,f}"  # not by Babel: workflows, where nothing is imported late, ask too
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def input_label(field: str, language: str) -> str:
    """What a step looks at, in words."""
    return translate(language, _INPUT.get(field, field))


def role_label(role: str, language: str) -> str:
    """A role in words; one that is not ours is shown as it is."""
    return translate(language, _ROLE.get(role, role))


def _with_role(params: Mapping[str, str], language: str) -> dict[str, str]:
    """The parameters, with the role or roles (``sales / manager``) among them in words."""
    roles = params.get("role")
    if roles is None:
        return dict(params)
    return {**params, "role": " / ".join(role_label(role, language) for role in roles.split(" / "))}


def _with_condition(params: Mapping[str, str], language: str) -> dict[str, str]:
    """The parameters, with the condition in the words of its process, or in ours where it is the common one; any other
    stays as it was written.
    """
    label = params.get(f"condition_{language}")
    if label is not None:
        return {**params, "condition": label}
    found = _ABOUT_TOTAL.fullmatch(params.get("condition", ""))
    if found is None:
        return dict(params)
    amount = number_text(Decimal(found["amount"]), language)
    return {**params, "condition": translate(language, _TOTAL_IS[found["comparison"]], {"amount": amount})}


def _when(at: str | None, language: str, zone: ZoneInfo) -> str:
    if not at:
        return ""
    moment = datetime.fromisoformat(at).astimezone(zone)
    return translate(language, " on {date}, {time}", {"date": day_text(moment, language), "time": f"{moment:%H:%M}"})
