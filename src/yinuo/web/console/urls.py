"""The console's addresses: agents, supervisors, managers, administrators. Names are what templates reverse."""

from django.urls import URLPattern, URLResolver, path

from yinuo.web.console import limit_urls, ticket_urls
from yinuo.web.console.views import customers, jobs, looks, me
from yinuo.web.console.views.settings import accounts, calendars, catalog, home, mailboxes, roles, structure, tokens

urlpatterns: list[URLPattern | URLResolver] = [
    *ticket_urls.urlpatterns,
    # --- oneself -----------------------------------------------------------------------------------------------
    path("me", me.settings_page, name="me"),
    path("me/presence", me.presence, name="me_presence"),
    path("me/theme", me.theme, name="me_theme"),
    path("language", looks.language, name="language"),
    # --- customers ---------------------------------------------------------------------------------------------
    path("customers", customers.customers, name="customers"),
    path("customers/new", customers.new_customer, name="customer_new"),
    path("customers/<uuid:id>", customers.customer, name="customer"),
    path("customers/<uuid:id>/edit", customers.edit_customer, name="customer_edit"),
    path("customers/<uuid:id>/identities", customers.add, name="customer_identity_add"),
    path("customers/<uuid:id>/merge", customers.merge, name="customer_merge"),
    path("customers/<uuid:id>/show/<uuid:identity_id>", customers.show, name="customer_show"),
    # --- settings: organisation --------------------------------------------------------------------------------
    path("settings", home.home, name="settings"),
    path("settings/company", home.company_page, name="settings_company"),
    path("settings/accounts", accounts.accounts, name="settings_accounts"),
    path("settings/accounts/new", accounts.new_account, name="settings_account_new"),
    path("settings/accounts/<uuid:id>", accounts.account, name="settings_account"),
    path("settings/accounts/<uuid:id>/password", accounts.reset_password, name="settings_account_password"),
    path("settings/accounts/<uuid:id>/switch", accounts.switch_account, name="settings_account_switch"),
    path("settings/accounts/<uuid:id>/second-factor", accounts.drop_second_factor, name="settings_account_factor"),
    path("settings/departments", structure.departments, name="settings_departments"),
    path("settings/departments/new", structure.department, name="settings_department_new"),
    path("settings/departments/<uuid:id>", structure.department, name="settings_department"),
    path("settings/departments/<uuid:id>/remove", structure.remove_department, name="settings_department_remove"),
    path("settings/teams", structure.teams, name="settings_teams"),
    path("settings/teams/new", structure.team, name="settings_team_new"),
    path("settings/teams/<uuid:id>", structure.team, name="settings_team"),
    path("settings/skills", structure.skills, name="settings_skills"),
    path("settings/skills/new", structure.skill, name="settings_skill_new"),
    path("settings/skills/<uuid:id>", structure.skill, name="settings_skill"),
    path("settings/skills/<uuid:id>/remove", structure.remove_skill, name="settings_skill_remove"),
    path("settings/roles", roles.roles, name="settings_roles"),
    path("settings/roles/new", roles.role, name="settings_role_new"),
    path("settings/roles/<uuid:id>", roles.role, name="settings_role"),
    path("settings/roles/<uuid:id>/remove", roles.remove_role, name="settings_role_remove"),
    # --- settings: service -------------------------------------------------------------------------------------
    path("settings/scenarios", catalog.scenarios, name="settings_scenarios"),
    path("settings/scenarios/<slug:code>", catalog.scenario, name="settings_scenario"),
    path("settings/categories", catalog.categories, name="settings_categories"),
    path("settings/categories/new", catalog.category, name="settings_category_new"),
    path("settings/categories/<uuid:id>", catalog.category, name="settings_category"),
    path("settings/categories/<uuid:id>/move", catalog.move, name="settings_category_move"),
    path("settings/products", catalog.products, name="settings_products"),
    path("settings/products/new", catalog.product, name="settings_product_new"),
    path("settings/products/<uuid:id>", catalog.product, name="settings_product"),
    path("settings/calendars", calendars.calendars, name="settings_calendars"),
    path("settings/calendars/new", calendars.calendar, name="settings_calendar_new"),
    path("settings/calendars/official-days", calendars.import_year, name="settings_official_days"),
    path("settings/calendars/<uuid:id>", calendars.calendar, name="settings_calendar"),
    *limit_urls.urlpatterns,
    # --- settings: channels ------------------------------------------------------------------------------------
    path("settings/mailboxes", mailboxes.mailboxes, name="settings_mailboxes"),
    path("settings/mailboxes/new", mailboxes.mailbox, name="settings_mailbox_new"),
    path("settings/mailboxes/try", mailboxes.try_mailbox, name="settings_mailbox_try_new"),
    path("settings/mailboxes/<uuid:id>", mailboxes.mailbox, name="settings_mailbox"),
    path("settings/mailboxes/<uuid:id>/try", mailboxes.try_mailbox, name="settings_mailbox_try"),
    path("settings/blocked", mailboxes.blocked, name="settings_blocked"),
    path("settings/blocked/<uuid:id>/remove", mailboxes.unblock, name="settings_unblock"),
    # --- settings: system --------------------------------------------------------------------------------------
    path("settings/tokens", tokens.tokens, name="settings_tokens"),
    path("settings/tokens/new", tokens.new_token, name="settings_token_new"),
    path("settings/tokens/<uuid:id>/revoke", tokens.revoke, name="settings_token_revoke"),
    path("settings/jobs", jobs.jobs, name="jobs"),
    path("settings/jobs/retry", jobs.retry_all, name="jobs_retry_all"),
    path("settings/jobs/<int:id>/retry", jobs.retry, name="jobs_retry"),
    path("settings/jobs/<int:id>/dismiss", jobs.dismiss, name="jobs_dismiss"),
]
