"""The door for forms: JSON documents over HTTP (`door`), and two web forms in both languages (`pages`)."""
