"""Where events live: one small interface (`log`), two logs that give it (`embedded`, `kafka`)."""
