"""Certificates of service: issued, checked, replaced and revoked."""
