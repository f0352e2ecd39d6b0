"""What can go wrong with the database, said so that whoever runs the hotline can mend it."""

from sqlalchemy.exc import DBAPIError, IntegrityError

DETAIL = "DETAIL:"  # PostgreSQL repeats the values after this word
FULL = "the disk is full: free some space; what was confirmed is safe, this last change was not kept"
# Words of SQLite (sqlite.org/rescode.html) and PostgreSQL (class 53) in the error's own text.
WAYS_OUT = {
    "disk is full": FULL,
    "No space left": FULL,
    "disk I/O error": "the disk fails (or is full): look at the system's log; this last change was not kept",
    "database is locked": "another program holds the database too long; this last change was not kept",
    "readonly database": "this user may not write to the database file (or a function that writes was run by read)",
    "read-only transaction": "a function that writes was run by read: run it by do",
    "unable to open": "the database file cannot be opened: look at the folder's owner and rights",
    "malformed": "the database file is damaged: restore it from the backup",
    "not a database": "this file is no SQLite database",
    "no such table": "the tables are missing: run `hotline db upgrade`",
    "does not exist": "the tables are missing: run `hotline db upgrade`",
}


class DatabaseError(Exception):
    """The database cannot do it now. The text is one line that says why and what to do."""


class StorageFullError(DatabaseError):
    """There is no room. The transaction was rolled back whole."""


class ConstraintError(DatabaseError):
    """A rule of the tables forbids it: a double, a missing reference, a change to what is append-only."""


class DatabaseTooNewError(DatabaseError):
    """The database was upgraded by a newer hotline than this one."""


class LiveRowError(TypeError):
    """A function gave back something that is bound to its session; it must give plain values."""


def explained(where: str, error: DBAPIError) -> DatabaseError:
    """The driver's `error` in one line that holds no bound values (they may be personal data)."""
    said = " ".join(str(error.orig).split())
    for words, way_out in WAYS_OUT.items():
        if words in said:
            return (StorageFullError if way_out is FULL else DatabaseError)(f"{where}: {way_out} ({words})")
    kind = ConstraintError if isinstance(error, IntegrityError) or "append-only" in said else DatabaseError
    return kind(f"{where}: {said.split(DETAIL)[0].strip()[:200]}")
