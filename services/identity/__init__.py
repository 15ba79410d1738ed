"""Tenants, sites, staff, and the credentials by which everybody is known."""
