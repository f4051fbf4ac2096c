"""The parts of the verification that `projections.verify` puts together; each takes nothing from the others' word.

Pure: `broken`, `links`, `histories`. On a connection: `partitions`, `commits`, `subjects`, `rows_by_subject`, `sealed`,
`carried_on`. Processes: `side_by_side`.
"""
