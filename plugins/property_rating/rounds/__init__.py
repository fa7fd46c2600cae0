"""Rounds from draft to final: raters' sheets, vetoes, tally, publicity, appeals, superseding."""
