"""The browser and the device of a User-Agent header, in words that a holder of an account recognises.

A guess for people to read, never a proof: the header is whatever the browser sends.
"""

from __future__ import annotations

# The first that is found counts: most of them also claim to be the ones further down.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("MQQBrowser", "QQ"),
    ("QQ/", "QQ"),
    ("UCBrowser", "UC"),
    ("HuaweiBrowser", "Huawei"),
    ("MiuiBrowser", "Xiaomi"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_DEVICES = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(header: str) -> str:
    """For example ``WeChat · Android``; "" for a program or an empty header."""
    browser = next((name for sign, name in _BROWSERS if sign in header), "")
    device = next((name for sign, name in _DEVICES if sign in header), "")
    return " · ".join(name for name in (browser, device) if name)
