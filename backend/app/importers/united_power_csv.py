"""United Power CSV: rows `2025-10-19 00:00 to 2025-10-20 00:00,49.600,,` under `====` banners."""

from app.importers.sce_csv import format_like, is_united_power

FORMAT = format_like("united_power_csv", "United Power CSV", is_united_power)
