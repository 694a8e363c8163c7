"""Settings of the session that cases run under."""

NO_ANSI = {"spark.sql.ansi.enabled": "false"}
BERLIN = {"spark.sql.session.timeZone": "Europe/Berlin"}
NEW_YORK = {"spark.sql.session.timeZone": "America/New_York"}
