"""Tables in and out: files of any usual kind to plain rows, rows to values, values to files.

``gate`` refuses what should not be parsed, ``read_rows`` reads (``read_in_subprocess`` for uploads),
``find_header`` and ``data_rows`` find the table on the sheet, the ``parse_…`` functions read single cells, and
the ``write_…`` functions answer in kind. Which columns there are and what they mean is the caller's.
"""

from pointsys.kit.spreadsheet.cells import (
    is_blank,
    parse_bool,
    parse_hours,
    parse_name,
    parse_sex,
    parse_text,
)
from pointsys.kit.spreadsheet.gate import gate
from pointsys.kit.spreadsheet.header import (
    ColumnSpec,
    HeaderMatch,
    cell,
    data_rows,
    find_header,
    header_at,
    is_blank_row,
    is_signature_row,
    is_total_row,
    normalise_title,
    title_unit,
)
from pointsys.kit.spreadsheet.jielong import Jielong, JielongName, parse_jielong
from pointsys.kit.spreadsheet.limits import (
    BROWSER,
    COMMAND_LINE,
    FORMULA_CELL,
    CellValue,
    Kind,
    Limits,
    Row,
    Source,
    column_letter,
)
from pointsys.kit.spreadsheet.reader import Workbook, read_rows, read_text
from pointsys.kit.spreadsheet.times import parse_date, parse_time, parse_time_range
from pointsys.kit.spreadsheet.worker import read_in_subprocess
from pointsys.kit.spreadsheet.writers import (
    OutColumn,
    OutSheet,
    Target,
    write_csv,
    write_errors,
    write_template,
    write_workbook,
    write_xlsx,
)

__all__ = [
    "BROWSER",
    "COMMAND_LINE",
    "FORMULA_CELL",
    "CellValue",
    "ColumnSpec",
    "HeaderMatch",
    "Jielong",
    "JielongName",
    "Kind",
    "Limits",
    "OutColumn",
    "OutSheet",
    "Row",
    "Source",
    "Target",
    "Workbook",
    "cell",
    "column_letter",
    "data_rows",
    "find_header",
    "gate",
    "header_at",
    "is_blank",
    "is_blank_row",
    "is_signature_row",
    "is_total_row",
    "normalise_title",
    "parse_bool",
    "parse_date",
    "parse_hours",
    "parse_jielong",
    "parse_name",
    "parse_sex",
    "parse_text",
    "parse_time",
    "parse_time_range",
    "read_in_subprocess",
    "read_rows",
    "read_text",
    "title_unit",
    "write_csv",
    "write_errors",
    "write_template",
    "write_workbook",
    "write_xlsx",
]
