/** @file bight/irc_message.h
 * One message of IRC: RFC 1459 section 2.3, RFC 2812 section 2.3, and the message tags of IRCv3.
 *
 *     @time=2024-01-02T03:04:05.678Z;+typing=active :dan!d@localhost PRIVMSG #chan :Hello there
 *     '---- tags ------------------------------' '- source --' command    '- parameters --'
 *
 * Parsing copies nothing: every part is a view of the line. Text is bytes, usually but not
 * necessarily UTF-8. Nothing here does input or output, allocates or keeps state.
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

/** The maximum number of parameters of a message (RFC 2812 section 2.3). */
#define BIGHT_IRC_MAX_PARAMS 15

/** Bytes of a message without its tags, CR and LF included (RFC 1459 section 2.3). */
#define BIGHT_IRC_MAX_BODY 512

/** Bytes of the tags that a client may get, '@' and the space after them included (IRCv3). */
#define BIGHT_IRC_MAX_TAGS 8191

/** Bytes of the tags that a client may send, '@' and the space after them included (IRCv3). */
#define BIGHT_IRC_MAX_CLIENT_TAGS 4096

/** A buffer of this size holds every message that bight_irc_message_format() writes by default. */
#define BIGHT_IRC_MAX_MESSAGE (BIGHT_IRC_MAX_TAGS + BIGHT_IRC_MAX_BODY)

/** A message. A missing part has data NULL; an empty part has not. */
typedef struct bight_irc_message {
    bight_view tags;    /**< as written, escaped, without '@'; see bight_irc_tags_next() */
    bight_view source;  /**< whole, without ':': "dan!d@localhost" or "irc.example.org" */
    bight_view nick;    /**< of the source, before the first '!' or '@'; for a server its name */
    bight_view user;    /**< of the source, between '!' and '@' */
    bight_view host;    /**< of the source, after '@' */
    bight_view command; /**< "PRIVMSG", "001"; never empty after parsing */
    bight_view params[BIGHT_IRC_MAX_PARAMS]; /**< those from param_count on are missing */
    size_t param_count;                      /**< at most BIGHT_IRC_MAX_PARAMS */
    bool trailing; /**< the last parameter is written after ':', even if that is not needed */
} bight_irc_message;

/** One tag. */
typedef struct bight_irc_tag {
    bight_view key;   /**< with '+' and vendor: "+example.org/foo" */
    bight_view value; /**< escaped; missing and empty mean the same */
} bight_irc_tag;

/**
 * Parse one line.
 *
 * The parser accepts what real peers send: several spaces between parts, spaces at the end, a
 * command in any case. A sixteenth parameter and everything after it belong to the fifteenth (RFC
 * 2812).
 *
 * @param line     without its line ending. The message points into it and is valid only as long
 * @param size     any; the caller that splits the input into lines enforces length limits
 * @param message  filled on success; untouched on failure
 * @errors         BIGHT_ERROR_PROTOCOL: there is no command, the command is neither letters nor
 *                 three digits, or a CR, LF or NUL is inside. (RFC 1459 says to ignore empty
 *                 lines: check the size before reporting)
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_message_parse(const uint8_t *line, size_t size,
                                                              bight_irc_message *message);

/**
 * A parameter by its index; a missing one is an empty view. *
 * @owner   as the message
 * @thread  any
 */
BIGHT_API bight_view bight_irc_message_param(const bight_irc_message *message, size_t index);

/** Whether the command equals @p command, ignoring case. @thread any */
BIGHT_API bool bight_irc_message_is(const bight_irc_message *message, const char *command);

/** The number of a numeric reply, 0 to 999; -1 for a command in letters. @thread any */
BIGHT_API int bight_irc_message_numeric(const bight_irc_message *message);

/**
 * Remove the first tag and return it.
 *
 * @param tags  message.tags at first; the tag is removed from it. Empty tags (";;") are skipped
 * @return      false if none is left; @p tag is unchanged then
 * @thread      any
 */
BIGHT_API bool bight_irc_tags_next(bight_view *tags, bight_irc_tag *tag);

/**
 * Find a tag. If several have the same key, the last one counts (IRCv3).
 *
 * @param value  NULL, or set to the value, still escaped; unchanged if this returns false
 * @thread       any
 */
BIGHT_API bool bight_irc_message_find_tag(const bight_irc_message *message, const char *key,
                                          bight_view *value);

/**
 * Undo the escapes of a tag's value: \: \s \\ \r \n; a backslash before anything else or at the
 * end is dropped.
 *
 * @param value   escaped
 * @param buffer  at least as many bytes as the value, which never grows; no NUL is added. May be
 *                the same memory as the value
 * @return        bytes written. They may contain CR and LF: show them to people, never put them
 *                into a line
 * @thread        any
 */
BIGHT_API size_t bight_irc_tag_unescape(bight_view value, char *buffer);

/**
 * Add a tag to the tags of a message that is being written. The value is escaped.
 *
 * @param buffer    where tags are collected, without '@'
 * @param capacity  of @p buffer; BIGHT_IRC_MAX_TAGS is enough for all tags that may be sent
 * @param length    bytes in use, 0 at first; increased on success
 * @param key       letters, digits and '-', optionally with '+' and "vendor/" in front
 * @param value     empty for a tag without a value
 * @errors          BIGHT_ERROR_INVALID: not a key, or NUL in the value; BIGHT_ERROR_LIMIT: no
 *                  room. On an error nothing is written
 * @thread          any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_tags_add(char *buffer, size_t capacity,
                                                         size_t *length, const char *key,
                                                         bight_view value);

/**
 * Write a message as a line, with CR LF at its end. A message that would parse differently is
 * rejected, so that no argument can smuggle in a second message.
 *
 * @param message   `source` is used; nick, user and host are ignored. Tags must be escaped
 *                  already. The last parameter gets a colon if it is empty, begins with one or
 *                  contains a space
 * @param buffer    where to write; no NUL is added
 * @param capacity  of @p buffer, in bytes; BIGHT_IRC_MAX_MESSAGE is enough
 * @param max_body  the longest message without its tags, with CR LF; 0 for BIGHT_IRC_MAX_BODY
 *                  (servers announce a higher limit with LINELEN)
 * @param length    bytes written, set only on success
 * @errors          BIGHT_ERROR_INVALID: CR, LF or NUL anywhere; a source, command or tags that
 *                  contain a space or are present but empty; a command that is neither letters nor
 *                  three digits; a parameter before the last that is empty, begins with ':' or
 *                  holds a space;
 * more than BIGHT_IRC_MAX_PARAMS. BIGHT_ERROR_LIMIT: longer than allowed or than the buffer
 * @thread          any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_message_format(const bight_irc_message *message,
                                                               char *buffer, size_t capacity,
                                                               size_t max_body, size_t *length);

/**
 * Make a message from strings, ready for bight_irc_message_format(), which checks them.
 *
 * @param command  NUL-terminated, like all the strings; the message points to them
 * @param params   @p count strings; a NULL among them ends them
 * @param count    any; bight_irc_message_format() rejects more than BIGHT_IRC_MAX_PARAMS
 * @return         a message without tags and source
 * @thread         any
 */
BIGHT_API bight_irc_message bight_irc_message_of(const char *command, const char *const *params,
                                                 size_t count);

/**
 * How many bytes of a text fit into @p max bytes without splitting a UTF-8 character. Invalid
 * UTF-8 may be cut anywhere.
 *
 * @return  bytes, at most @p max; 0 only if the first character does not fit or there is no text
 * @thread  any
 */
BIGHT_API size_t bight_irc_text_fit(bight_view text, size_t max);

BIGHT_END_DECLS

#endif
