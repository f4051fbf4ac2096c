"""The texts of the data dictionary, one TOML file a language; `schemas.contracts.texts` says what is in one."""
