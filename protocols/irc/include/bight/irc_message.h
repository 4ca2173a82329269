/** @file bight/irc_message.h
 * One message of IRC: RFC 1459 section 2.3, RFC 2812 section 2.3, and the message tags of IRCv3.
 *
 *     @time=2024-01-02T03:04:05.678Z;+typing=active :dan!d@localhost PRIVMSG #chan :Hello there
 *     '---- tags ------------------------------' '- source --' command    '- parameters --'
 *
 * Parsing copies nothing: every part is a view of the line. Text is bytes, nearly always UTF-8;
 * nobody promises that it is. Nothing here does input or output, allocates or keeps state.
 */
#ifndef BIGHT_IRC_MESSAGE_H
#define BIGHT_IRC_MESSAGE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The most parameters that a message has (RFC 2812 section 2.3). */
#define BIGHT_IRC_MAX_PARAMS 15

/** Bytes of a message without its tags, CR and LF included (RFC 1459 section 2.3). */
#define BIGHT_IRC_MAX_BODY 512

/** Bytes of the tags that a client may get, '@' and the space after them included (IRCv3). */
#define BIGHT_IRC_MAX_TAGS 8191

/** Bytes of the tags that a client may send, '@' and the space after them included (IRCv3). */
#define BIGHT_IRC_MAX_CLIENT_TAGS 4096

/** A buffer of this size holds every message that bight_irc_message_format() writes by default. */
#define BIGHT_IRC_MAX_MESSAGE (BIGHT_IRC_MAX_TAGS + BIGHT_IRC_MAX_BODY)

/** A message. A part that is not there has data NULL; one that is there and empty has not. */
typedef struct bight_irc_message {
    bight_view tags;   /**< as written, escaped, without '@'; see bight_irc_tags_next() */
    bight_view source; /**< whole, without ':': "dan!d@localhost" or "irc.example.org" */
    bight_view nick; /**< of the source: before the first '!', or else '@'; of a server its name */
    bight_view user; /**< of the source, between '!' and '@' */
    bight_view host; /**< of the source, after '@' */
    bight_view command;                      /**< "PRIVMSG", "001"; never empty after parsing */
    bight_view params[BIGHT_IRC_MAX_PARAMS]; /**< those from param_count on are not there */
    size_t param_count;                      /**< at most BIGHT_IRC_MAX_PARAMS */
    bool trailing; /**< the last parameter is written after ':', also where nothing demands it */
} bight_irc_message;

/** One tag. */
typedef struct bight_irc_tag {
    bight_view key;   /**< with '+' and vendor: "+example.org/foo" */
    bight_view value; /**< escaped; not there and empty mean the same */
} bight_irc_tag;

/**
 * Parse one line.
 *
 * Tolerant where real peers need it: several spaces between parts, spaces at the end, any case of
 * the command. A sixteenth parameter and all after it belong to the fifteenth (RFC 2812).
 *
 * @param line     without its end. The message points into it and lives no longer
 * @param size     any; the limits of length are the business of whoever cut the line
 * @param message  filled on success; untouched on failure
 * @errors         BIGHT_ERROR_PROTOCOL: there is no command, the command is neither letters nor
 *                 three digits, or a CR, LF or NUL is inside. (RFC 1459 has empty lines ignored:
 *                 look at the size before reporting)
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_message_parse(const uint8_t *line, size_t size,
                                                              bight_irc_message *message);

/**
 * A parameter by its place, whatever the count: one that is not there is an empty view.
 *
 * @owner   as the message
 * @thread  any
 */
BIGHT_API bight_view bight_irc_message_param(const bight_irc_message *message, size_t index);

/** Whether the command is this one, in any case. @thread any */
BIGHT_API bool bight_irc_message_is(const bight_irc_message *message, const char *command);

/** The number of a numeric reply, 0 to 999; -1 for a command that is a word. @thread any */
BIGHT_API int bight_irc_message_numeric(const bight_irc_message *message);

/**
 * Take the next tag off the front.
 *
 * @param tags  begin with message.tags; shortened by what was taken. Empty tags (";;") are skipped
 * @return      false when there is none left; @p tag is untouched then
 * @thread      any
 */
BIGHT_API bool bight_irc_tags_next(bight_view *tags, bight_irc_tag *tag);

/**
 * Look for a tag. Of several with one key the last counts (IRCv3).
 *
 * @param value  NULL, or the value, still escaped; untouched when false is returned
 * @thread       any
 */
BIGHT_API bool bight_irc_message_find_tag(const bight_irc_message *message, const char *key,
                                          bight_view *value);

/**
 * Undo the escapes of a tag's value: \: \s \\ \r \n; before anything else, and at the end, the
 * backslash is dropped.
 *
 * @param value   escaped
 * @param buffer  at least as many bytes as the value, which only gets shorter; no NUL is added. May
 *                be the same memory as the value
 * @return        bytes written. They may be CR and LF: text for people, never for a line
 * @thread        any
 */
BIGHT_API size_t bight_irc_tag_unescape(bight_view value, char *buffer);

/**
 * Add a tag, for the tags of a message to be written. The value is escaped.
 *
 * @param buffer    where tags are collected, without '@'
 * @param capacity  of @p buffer; BIGHT_IRC_MAX_TAGS is enough for all that may be sent
 * @param length    bytes in use, 0 at first; moved on success
 * @param key       letters, digits and '-', with '+' before and a "vendor/" if wanted
 * @param value     empty for a tag without one
 * @errors          BIGHT_ERROR_INVALID: not a key, or NUL in the value; BIGHT_ERROR_LIMIT: no room.
 *                  Nothing was written then
 * @thread          any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_tags_add(char *buffer, size_t capacity,
                                                         size_t *length, const char *key,
                                                         bight_view value);

/**
 * Write a message as a line, with CR LF at its end. What parses as something else than what was
 * meant is refused, so that no argument can smuggle in a second message.
 *
 * @param message   source alone counts, not nick, user and host; tags are escaped already. A colon
 *                  goes before the last parameter if it is empty, begins with one or holds a space
 * @param buffer    where to write; no NUL is added
 * @param capacity  of @p buffer, in bytes; BIGHT_IRC_MAX_MESSAGE is enough
 * @param max_body  the longest message without its tags, with CR LF; 0 for BIGHT_IRC_MAX_BODY
 *                  (servers that allow more say so: LINELEN)
 * @param length    bytes written, set only on success
 * @errors          BIGHT_ERROR_INVALID: CR, LF or NUL anywhere; a source, command or tags with a
 *                  space or empty though there; a command that is neither letters nor three digits;
 *                  a parameter before the last that is empty, begins with ':' or holds a space;
 * more than BIGHT_IRC_MAX_PARAMS. BIGHT_ERROR_LIMIT: longer than allowed or than the buffer
 * @thread          any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_message_format(const bight_irc_message *message,
                                                               char *buffer, size_t capacity,
                                                               size_t max_body, size_t *length);

/**
 * Make a message from strings, ready for bight_irc_message_format(), which checks them.
 *
 * @param command  NUL-terminated, as all of these; the message points to them
 * @param params   @p count strings; a NULL among them ends them
 * @param count    any; more than BIGHT_IRC_MAX_PARAMS make a message that format refuses
 * @return         a message without tags and source
 * @thread         any
 */
BIGHT_API bight_irc_message bight_irc_message_of(const char *command, const char *const *params,
                                                 size_t count);

/**
 * How much of a text fits into so many bytes without cutting through a character of UTF-8. Bytes
 * that are not UTF-8 are cut anywhere.
 *
 * @return  bytes, at most @p max; 0 only if the first character does not fit or there is no text
 * @thread  any
 */
BIGHT_API size_t bight_irc_text_fit(bight_view text, size_t max);

BIGHT_END_DECLS

#endif
