"""Words that several parts of the plugin share."""

from __future__ import annotations

from pointsys.plugin import N_

# What projects and activities are about.
CATEGORIES = {
    "community": N_("Community service"),
    "elderly": N_("Help for the elderly and people with disabilities"),
    "youth": N_("Care for children and young people"),
    "environment": N_("Environment"),
    "culture": N_("Culture and sports"),
    "civility": N_("Civility and traffic"),
    "safety": N_("Safety patrols"),
    "emergency": N_("Emergency and rescue"),
    "health": N_("Health"),
    "event": N_("Large events"),
    "party": N_("Service by Party members"),
    "other": N_("Other"),
}
