#!/bin/sh
# Makes the namespace and the search attributes that the product needs, if they are missing. May be run again.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where; TEMPORAL_RETENTION how long closed runs stay (e.g. 90d).
set -eu

# A new namespace is unknown to parts of the server for some seconds.
again() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 30 ]; then
            echo "gave up: $*" >&2
            return 1
        fi
        sleep 2
    done
}

search_attribute() {
    case " $(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | awk '{print $1}' | tr '\n' ' ') " in
    *" $1 "*) ;;
    *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2" ;;
    esac
}

again temporal operator cluster health
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
again temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null

again search_attribute PurchaseRequestNumber Keyword
again search_attribute ProcessStatus Keyword
again search_attribute ApprovalStep Keyword
again search_attribute Approvers KeywordList
again search_attribute Owner Keyword
