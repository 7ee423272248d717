"""The one database. The only room that speaks SQL."""
