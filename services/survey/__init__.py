"""Surveys that a tenant designs and a visitor may ignore."""
