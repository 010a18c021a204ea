from django.contrib import admin

from matchmaking.participants.models import SupplyLink


@admin.register(SupplyLink)
class SupplyLinkAdmin(admin.ModelAdmin[SupplyLink]):
    list_display = ["supplier_title", "customer_title", "item_en", "year"]
    list_display_links = ["supplier_title", "customer_title"]
    list_filter = ["year", "customer_segment__chain"]
    list_select_related = ["supplier", "customer"]
    search_fields = ["supplier__name", "supplier_name", "customer__name", "customer_name", "item_en", "item_zh", "sources__publisher"]
    autocomplete_fields = ["supplier", "customer", "supplier_segment", "customer_segment", "sources"]
