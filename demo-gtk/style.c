/* Colours are chosen for a contrast of at least 4.5 to 1 against the background of a view, white or
 * near black. A tag has one colour, so all tags change when the system switches to dark; this
 * redraws every buffer that uses the table. */
#include "style.h"

#include <adwaita.h>
#include <bight/irc_text.h>

typedef struct shade {
    const char *name;
    const char *light;
    const char *dark;
} shade;

/* For nicks; bight_irc_nick_colour() picks one. */
static const shade nicks[] = {
    {"nick-0", "#1a5fb4", "#78aeed"}, {"nick-1", "#1c7a4d", "#6fcf97"},
    {"nick-2", "#b23c00", "#ffa66b"}, {"nick-3", "#a51d2d", "#ff8f8a"},
    {"nick-4", "#7a3fa0", "#cfa4ee"}, {"nick-5", "#83542b", "#d9b48c"},
    {"nick-6", "#0b7285", "#63c9d6"}, {"nick-7", "#7a6000", "#e2c355"},
    {"nick-8", "#b5127a", "#f59ac9"}, {"nick-9", "#3f5b86", "#a8bddb"},
};

static const shade others[] = {
    {CHAT_TAG_TIME, "#6f6f74", "#98989d"},  {CHAT_TAG_NOTE, "#6f6f74", "#98989d"},
    {CHAT_TAG_EVENT, "#6f6f74", "#98989d"}, {CHAT_TAG_DAY, "#6f6f74", "#98989d"},
    {CHAT_TAG_INFO, "#4f5b66", "#b4bdc6"},  {CHAT_TAG_ERROR, "#b3261e", "#ff938c"},
    {CHAT_TAG_LINK, "#1b6acb", "#78aeed"},
};

static void paint(GtkTextTagTable *table, const shade *shades, gsize count, gboolean dark)
{
    for (gsize i = 0; i < count; i++)
        g_object_set(gtk_text_tag_table_lookup(table, shades[i].name), "foreground",
                     dark ? shades[i].dark : shades[i].light, NULL);
}

static void repaint(AdwStyleManager *manager, GParamSpec *property, GtkTextTagTable *table)
{
    gboolean dark = adw_style_manager_get_dark(manager);

    (void)property;
    paint(table, nicks, G_N_ELEMENTS(nicks), dark);
    paint(table, others, G_N_ELEMENTS(others), dark);
    g_object_set(gtk_text_tag_table_lookup(table, CHAT_TAG_MENTION), "paragraph-background",
                 dark ? "#4a3d12" : "#fdf3cf", NULL);
}

/* Add a tag to the table, and return it so that its properties can be set. */
static GtkTextTag *style_add(GtkTextTagTable *table, const char *name)
{
    GtkTextTag *tag = gtk_text_tag_new(name);

    gtk_text_tag_table_add(table, tag);
    g_object_unref(tag); /* the table holds it */
    return tag;
}

static void add_paragraphs(GtkTextTagTable *table)
{
    g_object_set(style_add(table, CHAT_TAG_HEAD), "pixels-above-lines", 14, NULL);
    g_object_set(style_add(table, CHAT_TAG_BODY), "pixels-above-lines", 3, NULL);
    g_object_set(style_add(table, CHAT_TAG_EVENT), "pixels-above-lines", 8, "scale", 0.92, NULL);
    g_object_set(style_add(table, CHAT_TAG_INFO), "pixels-above-lines", 4, NULL);
    g_object_set(style_add(table, CHAT_TAG_ERROR), "pixels-above-lines", 8, NULL);
    g_object_set(style_add(table, CHAT_TAG_DAY), "pixels-above-lines", 18, "pixels-below-lines", 2,
                 "justification", GTK_JUSTIFY_CENTER, "scale", 0.85, "weight",
                 PANGO_WEIGHT_SEMIBOLD, NULL);
    style_add(table, CHAT_TAG_MENTION);
}

/* Later tags win over earlier ones. */
static void add_letters(GtkTextTagTable *table)
{
    g_object_set(style_add(table, CHAT_TAG_ACTION), "style", PANGO_STYLE_ITALIC, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(nicks); i++)
        g_object_set(style_add(table, nicks[i].name), "weight", PANGO_WEIGHT_BOLD, NULL);
    g_object_set(style_add(table, CHAT_TAG_TIME), "scale", 0.82, NULL);
    g_object_set(style_add(table, CHAT_TAG_NOTE), "scale", 0.82, NULL);
    g_object_set(style_add(table, CHAT_TAG_LINK), "underline", PANGO_UNDERLINE_SINGLE, NULL);
}

GtkTextTagTable *chat_style_new(void)
{
    AdwStyleManager *manager = adw_style_manager_get_default();
    GtkTextTagTable *table = gtk_text_tag_table_new();

    add_paragraphs(table);
    add_letters(table);
    repaint(manager, NULL, table);
    g_signal_connect_object(manager, "notify::dark", G_CALLBACK(repaint), table, 0);
    return table;
}

const char *chat_style_get_class(const char *nick)
{
    return nicks[bight_irc_nick_colour(nick, G_N_ELEMENTS(nicks))].name;
}

GtkTextTag *chat_style_get_nick(GtkTextTagTable *style, const char *nick)
{
    return gtk_text_tag_table_lookup(style, chat_style_get_class(nick));
}
