"""What the database itself refuses of the ledger: see `expo.foundation.guards`, which sets these with the log's own."""

from expo.foundation.guards import Guard, all_but, also_guarded, same, whole

ON_RECORD = "The ledger: an agreement on record is voided, never deleted, and keeps its number."
HISTORY = "The ledger: history is only added to."
ANSWERED = "The ledger: what a party answered is never changed or deleted."
FROZEN = "The ledger: a frozen report is never changed or deleted."
PERSON_GOES = f"({same('history_user_id')} OR NEW.history_user_id IS NULL)"
# What an answer points to may go: the account of who gave it, and a party that a correction took out.
POINTERS_GO = f"({same('person_id')} OR NEW.person_id IS NULL) AND ({same('party_id')} OR NEW.party_id IS NULL)"
OF_ONE_ON_RECORD = (
    "EXISTS (SELECT 1 FROM agreements_agreement a WHERE a.id = OLD.agreement_id AND (a.status <> 'draft' OR a.number IS NOT NULL))"
)
GUARDS = [
    Guard("agreements_agreement", "agreement_is_kept", "DELETE", "OLD.status <> 'draft' OR OLD.number IS NOT NULL", ON_RECORD),
    Guard(
        "agreements_agreement",
        "agreement_keeps_number",
        "UPDATE",
        f"OLD.number IS NOT NULL AND NOT {same('id', 'number', 'edition_id')}",
        ON_RECORD,
    ),
    *whole("agreements_agreement", ON_RECORD, ("edition_id", "number")),
    *(
        guard
        for name in ("agreement", "party")
        for guard in (
            Guard(
                f"agreements_historical{name}",
                f"history_of_{name}_stays",
                "UPDATE",
                f"NOT ({all_but('history_user_id')} AND {PERSON_GOES})",
                HISTORY,
            ),
            Guard(f"agreements_historical{name}", f"history_of_{name}_is_kept", "DELETE", "", HISTORY),
            *whole(f"agreements_historical{name}", HISTORY, key="history_id"),
        )
    ),
    Guard("agreements_confirmation", "answer_stays", "UPDATE", f"NOT ({all_but('person_id', 'party_id')} AND {POINTERS_GO})", ANSWERED),
    Guard("agreements_confirmation", "answer_is_kept", "DELETE", OF_ONE_ON_RECORD, ANSWERED),
    *whole("agreements_confirmation", ANSWERED),
    Guard("agreements_frozenreport", "frozen_stays", "UPDATE", f"NOT {all_but()}", FROZEN),
    Guard("agreements_frozenreport", "frozen_is_kept", "DELETE", "", FROZEN),
    *whole("agreements_frozenreport", FROZEN, ("edition_id", "number")),
]


def register() -> None:
    """Have these set with the log's own."""
    also_guarded(GUARDS)
