"""How `adweave serve` logs: a line a record, for people or for machines."""

from __future__ import annotations

import json
import logging
import time


def set_up_logging(log_format: str) -> None:
    """Log to standard error in "text" or "json": ours from INFO on, the rest from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        _JsonFormatter()
        if log_format == "json"
        else _TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("adweave").setLevel(logging.INFO)


class _TextFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, and what a record is about."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        about: dict[str, object] = getattr(record, "about", {})
        return line + "".join(
            f" {name}={json.dumps(value) if isinstance(value, str) else value}"
            for name, value in about.items()
            if name not in ("method", "path", "status")
        )


class _JsonFormatter(logging.Formatter):
    """A JSON object a line: the same, each under a name."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "about", {}))
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
