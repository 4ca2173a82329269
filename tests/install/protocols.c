/* A parser needs no loop at all. */
#include <bight/line.h>
#include <stdio.h>

static void line(bight_line_parser *parser, const uint8_t *bytes, size_t size, void *data)
{
    (void)parser;
    (void)data;
    printf("1 line: %.*s\n", (int)size, (const char *)bytes);
}

int main(void)
{
    static const bight_line_events events = {.line = line};
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_parser *parser;

    if (bight_line_parser_new(&options, &events, NULL, &parser) != BIGHT_OK)
        return 1;
    if (bight_line_parser_feed(parser, (const uint8_t *)"hello\r\n", 7) != BIGHT_OK)
        return 1;
    bight_line_parser_free(parser);
    return 0;
}
