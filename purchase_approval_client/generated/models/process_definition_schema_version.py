from typing import Literal

ProcessDefinitionSchemaVersion = Literal[1, 2]

PROCESS_DEFINITION_SCHEMA_VERSION_VALUES: set[ProcessDefinitionSchemaVersion] = {
    1,
    2,
}


def check_process_definition_schema_version(value: int) -> ProcessDefinitionSchemaVersion:
    if value in PROCESS_DEFINITION_SCHEMA_VERSION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROCESS_DEFINITION_SCHEMA_VERSION_VALUES!r}")
