"""Contains all the data models used in inputs/outputs"""

from .action import Action
from .add_approver import AddApprover
from .add_attachment_body import AddAttachmentBody
from .ageing_report import AgeingReport
from .alarm import Alarm
from .alarm_kind import AlarmKind
from .alarm_view import AlarmView
from .all_ready import AllReady
from .amis_draft import AmisDraft
from .amis_fields import AmisFields
from .amis_view import AmisView
from .amis_write_back import AmisWriteBack
from .answer import Answer
from .applied import Applied
from .approval_matrix import ApprovalMatrix
from .approve import Approve
from .approve_lines_type_0 import ApproveLinesType0
from .assignment import Assignment
from .assignment_state import AssignmentState
from .assignment_view import AssignmentView
from .attachment import Attachment
from .attachment_scan import AttachmentScan
from .attachments import Attachments
from .away import Away
from .band import Band
from .block_definition import BlockDefinition
from .block_definition_name import BlockDefinitionName
from .by_manager import ByManager
from .by_manager_definition import ByManagerDefinition
from .by_matrix import ByMatrix
from .by_matrix_definition import ByMatrixDefinition
from .by_role import ByRole
from .by_role_definition import ByRoleDefinition
from .by_user import ByUser
from .by_user_definition import ByUserDefinition
from .calendar import Calendar
from .calendar_definition import CalendarDefinition
from .cancel import Cancel
from .catalogue_kind import CatalogueKind
from .catalogue_state import CatalogueState
from .ceiling import Ceiling
from .ceiling_draft import CeilingDraft
from .change import Change
from .change_fields import ChangeFields
from .change_kind import ChangeKind
from .changed_cell import ChangedCell
from .changed_person import ChangedPerson
from .changed_row import ChangedRow
from .changed_row_cells import ChangedRowCells
from .changes import Changes
from .changes_page import ChangesPage
from .channel import Channel
from .command_state import CommandState
from .comment import Comment
from .comment_body import CommentBody
from .comment_list import CommentList
from .concerned_request import ConcernedRequest
from .connect import Connect
from .connection_info import ConnectionInfo
from .consult import Consult
from .consultation_item import ConsultationItem
from .consultation_view import ConsultationView
from .counted import Counted
from .cumulated_view import CumulatedView
from .cumulated_view_key import CumulatedViewKey
from .cumulation import Cumulation
from .cumulation_definition import CumulationDefinition
from .cumulation_key import CumulationKey
from .cycle_times_report import CycleTimesReport
from .database import Database
from .decision_rule import DecisionRule
from .deliveries import Deliveries
from .delivery_answer import DeliveryAnswer
from .delivery_outcome import DeliveryOutcome
from .delivery_view import DeliveryView
from .duration import Duration
from .editable_field import EditableField
from .effect_said import EffectSaid
from .encoded_payload import EncodedPayload
from .encoded_payload_metadata import EncodedPayloadMetadata
from .encoded_payloads import EncodedPayloads
from .endpoint_change import EndpointChange
from .endpoint_change_language_type_0 import EndpointChangeLanguageType0
from .endpoint_draft import EndpointDraft
from .endpoint_draft_language import EndpointDraftLanguage
from .endpoint_kind import EndpointKind
from .endpoint_list import EndpointList
from .endpoint_view import EndpointView
from .endpoint_view_language import EndpointViewLanguage
from .endpoint_with_secret import EndpointWithSecret
from .endpoint_with_secret_language import EndpointWithSecretLanguage
from .engine_state import EngineState
from .entry_problem import EntryProblem
from .entry_problem_params import EntryProblemParams
from .escalation import Escalation
from .escalation_definition import EscalationDefinition
from .event_type import EventType
from .failure_list import FailureList
from .failure_view import FailureView
from .failure_view_params import FailureViewParams
from .field_change import FieldChange
from .field_problem import FieldProblem
from .filled_draft import FilledDraft
from .filled_line import FilledLine
from .forward import Forward
from .further import Further
from .further_refusals_view import FurtherRefusalsView
from .further_refusals_view_codes import FurtherRefusalsViewCodes
from .goods import Goods
from .grouping import Grouping
from .hanging import Hanging
from .hanging_owned import HangingOwned
from .healthz_response_healthz import HealthzResponseHealthz
from .hold_choice import HoldChoice
from .hold_view import HoldView
from .holiday import Holiday
from .holidays import Holidays
from .ignored import Ignored
from .impact_view import ImpactView
from .import_answer import ImportAnswer
from .import_kind import ImportKind
from .inbox_item import InboxItem
from .inbox_page import InboxPage
from .input_field import InputField
from .kept_view import KeptView
from .ledger import Ledger
from .line_changes import LineChanges
from .line_decision import LineDecision
from .line_draft import LineDraft
from .line_on_order import LineOnOrder
from .line_record import LineRecord
from .listed_item import ListedItem
from .mail_choice import MailChoice
from .matrix_definition import MatrixDefinition
from .matrix_import import MatrixImport
from .matrix_policy import MatrixPolicy
from .matrix_row import MatrixRow
from .matrix_row_definition import MatrixRowDefinition
from .matrix_row_definition_vote_type_0 import MatrixRowDefinitionVoteType0
from .matrix_row_definition_vote_type_1 import MatrixRowDefinitionVoteType1
from .matrix_row_vote_type_0 import MatrixRowVoteType0
from .me import Me
from .missing_rows import MissingRows
from .movable_view import MovableView
from .move_runs import MoveRuns
from .move_state import MoveState
from .moved import Moved
from .moved_view import MovedView
from .moves_view import MovesView
from .new_line import NewLine
from .new_request import NewRequest
from .note_record import NoteRecord
from .notice_kind import NoticeKind
from .notice_out import NoticeOut
from .notice_out_facts import NoticeOutFacts
from .notices import Notices
from .off_reason import OffReason
from .on_expiry import OnExpiry
from .open_step_view import OpenStepView
from .order_change import OrderChange
from .order_line import OrderLine
from .order_line_draft import OrderLineDraft
from .order_page import OrderPage
from .outlook import Outlook
from .own_day import OwnDay
from .owner_name import OwnerName
from .owner_names import OwnerNames
from .page import Page
from .parallel_block import ParallelBlock
from .parallel_block_name import ParallelBlockName
from .pass_ import Pass
from .pass_compared import PassCompared
from .people_list import PeopleList
from .person import Person
from .person_change import PersonChange
from .person_change_language_type_0 import PersonChangeLanguageType0
from .person_change_view import PersonChangeView
from .person_change_view_fields import PersonChangeViewFields
from .person_changes import PersonChanges
from .person_draft import PersonDraft
from .person_draft_language import PersonDraftLanguage
from .person_effects import PersonEffects
from .person_state import PersonState
from .person_view import PersonView
from .place import Place
from .place_step_name import PlaceStepName
from .placed_order import PlacedOrder
from .preview_step import PreviewStep
from .preview_view import PreviewView
from .problem import Problem
from .process import Process
from .process_definition import ProcessDefinition
from .process_definition_name import ProcessDefinitionName
from .process_definition_schema_version import ProcessDefinitionSchemaVersion
from .process_draft import ProcessDraft
from .process_item import ProcessItem
from .process_item_name import ProcessItemName
from .process_list import ProcessList
from .process_name import ProcessName
from .process_ref import ProcessRef
from .process_status import ProcessStatus
from .process_step import ProcessStep
from .process_step_condition_label_type_0 import ProcessStepConditionLabelType0
from .process_step_decision_type_0 import ProcessStepDecisionType0
from .process_step_name import ProcessStepName
from .process_version import ProcessVersion
from .proposed_change import ProposedChange
from .publish import Publish
from .published_process import PublishedProcess
from .published_process_name import PublishedProcessName
from .purchase_order import PurchaseOrder
from .purchase_order_draft import PurchaseOrderDraft
from .purchase_process import PurchaseProcess
from .purchase_process_name import PurchaseProcessName
from .purchase_process_schema_version import PurchaseProcessSchemaVersion
from .purchase_request import PurchaseRequest
from .purchasing_event import PurchasingEvent
from .quorum import Quorum
from .read_notices import ReadNotices
from .read_order import ReadOrder
from .read_order_lines_item import ReadOrderLinesItem
from .read_order_params import ReadOrderParams
from .read_order_values import ReadOrderValues
from .readiness import Readiness
from .ready import Ready
from .reassign import Reassign
from .reassignment import Reassignment
from .recall import Recall
from .receipt_kind import ReceiptKind
from .receipt_record import ReceiptRecord
from .received_line import ReceivedLine
from .reconciliation_view import ReconciliationView
from .reject import Reject
from .related_request import RelatedRequest
from .remind import Remind
from .repeat_approver import RepeatApprover
from .request_patch import RequestPatch
from .request_to_buy import RequestToBuy
from .request_warning import RequestWarning
from .resolve_approvers import ResolveApprovers
from .resolve_hold import ResolveHold
from .result import Result
from .resume import Resume
from .return_reason import ReturnReason
from .returns_report import ReturnsReport
from .run_line_view import RunLineView
from .run_status import RunStatus
from .run_view import RunView
from .said import Said
from .said_of_line import SaidOfLine
from .send import Send
from .send_approvers import SendApprovers
from .send_command import SendCommand
from .send_command_approvers import SendCommandApprovers
from .settings_draft import SettingsDraft
from .settings_draft_email import SettingsDraftEmail
from .settings_draft_language import SettingsDraftLanguage
from .settings_draft_push import SettingsDraftPush
from .settings_view import SettingsView
from .settings_view_email import SettingsViewEmail
from .settings_view_language import SettingsViewLanguage
from .settings_view_push import SettingsViewPush
from .source import Source
from .source_item import SourceItem
from .source_line import SourceLine
from .source_page import SourcePage
from .source_ref import SourceRef
from .source_type import SourceType
from .source_view import SourceView
from .spend_report import SpendReport
from .spending import Spending
from .step_change import StepChange
from .step_count import StepCount
from .step_definition import StepDefinition
from .step_definition_condition_label_type_0 import StepDefinitionConditionLabelType0
from .step_definition_decision_type_0 import StepDefinitionDecisionType0
from .step_definition_decision_type_1 import StepDefinitionDecisionType1
from .step_definition_name import StepDefinitionName
from .step_difference_view import StepDifferenceView
from .step_durations import StepDurations
from .step_effect import StepEffect
from .step_effect_process_name import StepEffectProcessName
from .step_effect_step_name import StepEffectStepName
from .step_outcome import StepOutcome
from .step_returns import StepReturns
from .step_state import StepState
from .step_times import StepTimes
from .step_view import StepView
from .step_view_compared import StepViewCompared
from .step_view_kind import StepViewKind
from .substituted import Substituted
from .substitution import Substitution
from .substitution_draft import SubstitutionDraft
from .substitution_state import SubstitutionState
from .substitutions import Substitutions
from .sync import Sync
from .sync_kind import SyncKind
from .sync_order import SyncOrder
from .tested import Tested
from .timeline import Timeline
from .timeline_item import TimelineItem
from .token import Token
from .token_request import TokenRequest
from .trial_view import TrialView
from .tried import Tried
from .tried_request_view import TriedRequestView
from .try_ import Try
from .unit import Unit
from .unknown_column import UnknownColumn
from .unread import Unread
from .unwritten import Unwritten
from .unwritten_params import UnwrittenParams
from .vote_view import VoteView
from .waiting_decision import WaitingDecision
from .waiting_step import WaitingStep
from .waits_for import WaitsFor
from .watcher import Watcher
from .watcher_body import WatcherBody
from .watcher_list import WatcherList
from .way import Way
from .weekly_hours import WeeklyHours
from .what import What
from .where import Where
from .workload import Workload
from .workload_report import WorkloadReport
from .would_move import WouldMove

__all__ = (
    "Action",
    "AddApprover",
    "AddAttachmentBody",
    "AgeingReport",
    "Alarm",
    "AlarmKind",
    "AlarmView",
    "AllReady",
    "AmisDraft",
    "AmisFields",
    "AmisView",
    "AmisWriteBack",
    "Answer",
    "Applied",
    "ApprovalMatrix",
    "Approve",
    "ApproveLinesType0",
    "Assignment",
    "AssignmentState",
    "AssignmentView",
    "Attachment",
    "Attachments",
    "AttachmentScan",
    "Away",
    "Band",
    "BlockDefinition",
    "BlockDefinitionName",
    "ByManager",
    "ByManagerDefinition",
    "ByMatrix",
    "ByMatrixDefinition",
    "ByRole",
    "ByRoleDefinition",
    "ByUser",
    "ByUserDefinition",
    "Calendar",
    "CalendarDefinition",
    "Cancel",
    "CatalogueKind",
    "CatalogueState",
    "Ceiling",
    "CeilingDraft",
    "Change",
    "ChangedCell",
    "ChangedPerson",
    "ChangedRow",
    "ChangedRowCells",
    "ChangeFields",
    "ChangeKind",
    "Changes",
    "ChangesPage",
    "Channel",
    "CommandState",
    "Comment",
    "CommentBody",
    "CommentList",
    "ConcernedRequest",
    "Connect",
    "ConnectionInfo",
    "Consult",
    "ConsultationItem",
    "ConsultationView",
    "Counted",
    "CumulatedView",
    "CumulatedViewKey",
    "Cumulation",
    "CumulationDefinition",
    "CumulationKey",
    "CycleTimesReport",
    "Database",
    "DecisionRule",
    "Deliveries",
    "DeliveryAnswer",
    "DeliveryOutcome",
    "DeliveryView",
    "Duration",
    "EditableField",
    "EffectSaid",
    "EncodedPayload",
    "EncodedPayloadMetadata",
    "EncodedPayloads",
    "EndpointChange",
    "EndpointChangeLanguageType0",
    "EndpointDraft",
    "EndpointDraftLanguage",
    "EndpointKind",
    "EndpointList",
    "EndpointView",
    "EndpointViewLanguage",
    "EndpointWithSecret",
    "EndpointWithSecretLanguage",
    "EngineState",
    "EntryProblem",
    "EntryProblemParams",
    "Escalation",
    "EscalationDefinition",
    "EventType",
    "FailureList",
    "FailureView",
    "FailureViewParams",
    "FieldChange",
    "FieldProblem",
    "FilledDraft",
    "FilledLine",
    "Forward",
    "Further",
    "FurtherRefusalsView",
    "FurtherRefusalsViewCodes",
    "Goods",
    "Grouping",
    "Hanging",
    "HangingOwned",
    "HealthzResponseHealthz",
    "HoldChoice",
    "HoldView",
    "Holiday",
    "Holidays",
    "Ignored",
    "ImpactView",
    "ImportAnswer",
    "ImportKind",
    "InboxItem",
    "InboxPage",
    "InputField",
    "KeptView",
    "Ledger",
    "LineChanges",
    "LineDecision",
    "LineDraft",
    "LineOnOrder",
    "LineRecord",
    "ListedItem",
    "MailChoice",
    "MatrixDefinition",
    "MatrixImport",
    "MatrixPolicy",
    "MatrixRow",
    "MatrixRowDefinition",
    "MatrixRowDefinitionVoteType0",
    "MatrixRowDefinitionVoteType1",
    "MatrixRowVoteType0",
    "Me",
    "MissingRows",
    "MovableView",
    "Moved",
    "MovedView",
    "MoveRuns",
    "MoveState",
    "MovesView",
    "NewLine",
    "NewRequest",
    "NoteRecord",
    "NoticeKind",
    "NoticeOut",
    "NoticeOutFacts",
    "Notices",
    "OffReason",
    "OnExpiry",
    "OpenStepView",
    "OrderChange",
    "OrderLine",
    "OrderLineDraft",
    "OrderPage",
    "Outlook",
    "OwnDay",
    "OwnerName",
    "OwnerNames",
    "Page",
    "ParallelBlock",
    "ParallelBlockName",
    "Pass",
    "PassCompared",
    "PeopleList",
    "Person",
    "PersonChange",
    "PersonChangeLanguageType0",
    "PersonChanges",
    "PersonChangeView",
    "PersonChangeViewFields",
    "PersonDraft",
    "PersonDraftLanguage",
    "PersonEffects",
    "PersonState",
    "PersonView",
    "Place",
    "PlacedOrder",
    "PlaceStepName",
    "PreviewStep",
    "PreviewView",
    "Problem",
    "Process",
    "ProcessDefinition",
    "ProcessDefinitionName",
    "ProcessDefinitionSchemaVersion",
    "ProcessDraft",
    "ProcessItem",
    "ProcessItemName",
    "ProcessList",
    "ProcessName",
    "ProcessRef",
    "ProcessStatus",
    "ProcessStep",
    "ProcessStepConditionLabelType0",
    "ProcessStepDecisionType0",
    "ProcessStepName",
    "ProcessVersion",
    "ProposedChange",
    "Publish",
    "PublishedProcess",
    "PublishedProcessName",
    "PurchaseOrder",
    "PurchaseOrderDraft",
    "PurchaseProcess",
    "PurchaseProcessName",
    "PurchaseProcessSchemaVersion",
    "PurchaseRequest",
    "PurchasingEvent",
    "Quorum",
    "Readiness",
    "ReadNotices",
    "ReadOrder",
    "ReadOrderLinesItem",
    "ReadOrderParams",
    "ReadOrderValues",
    "Ready",
    "Reassign",
    "Reassignment",
    "Recall",
    "ReceiptKind",
    "ReceiptRecord",
    "ReceivedLine",
    "ReconciliationView",
    "Reject",
    "RelatedRequest",
    "Remind",
    "RepeatApprover",
    "RequestPatch",
    "RequestToBuy",
    "RequestWarning",
    "ResolveApprovers",
    "ResolveHold",
    "Result",
    "Resume",
    "ReturnReason",
    "ReturnsReport",
    "RunLineView",
    "RunStatus",
    "RunView",
    "Said",
    "SaidOfLine",
    "Send",
    "SendApprovers",
    "SendCommand",
    "SendCommandApprovers",
    "SettingsDraft",
    "SettingsDraftEmail",
    "SettingsDraftLanguage",
    "SettingsDraftPush",
    "SettingsView",
    "SettingsViewEmail",
    "SettingsViewLanguage",
    "SettingsViewPush",
    "Source",
    "SourceItem",
    "SourceLine",
    "SourcePage",
    "SourceRef",
    "SourceType",
    "SourceView",
    "Spending",
    "SpendReport",
    "StepChange",
    "StepCount",
    "StepDefinition",
    "StepDefinitionConditionLabelType0",
    "StepDefinitionDecisionType0",
    "StepDefinitionDecisionType1",
    "StepDefinitionName",
    "StepDifferenceView",
    "StepDurations",
    "StepEffect",
    "StepEffectProcessName",
    "StepEffectStepName",
    "StepOutcome",
    "StepReturns",
    "StepState",
    "StepTimes",
    "StepView",
    "StepViewCompared",
    "StepViewKind",
    "Substituted",
    "Substitution",
    "SubstitutionDraft",
    "Substitutions",
    "SubstitutionState",
    "Sync",
    "SyncKind",
    "SyncOrder",
    "Tested",
    "Timeline",
    "TimelineItem",
    "Token",
    "TokenRequest",
    "TrialView",
    "Tried",
    "TriedRequestView",
    "Try",
    "Unit",
    "UnknownColumn",
    "Unread",
    "Unwritten",
    "UnwrittenParams",
    "VoteView",
    "WaitingDecision",
    "WaitingStep",
    "WaitsFor",
    "Watcher",
    "WatcherBody",
    "WatcherList",
    "Way",
    "WeeklyHours",
    "What",
    "Where",
    "Workload",
    "WorkloadReport",
    "WouldMove",
)
