/** @file bight/irc_entry.h
 * What a person types into a chat window: it is understood here, alike in every window.
 *
 * | typed                    | does                                                        |
 * |--------------------------|-------------------------------------------------------------|
 * | text                     | says it in the conversation that is shown                   |
 * | //text                   | says "/text"                                                |
 * | /me text, /say text      | says it as an action, or just says it                       |
 * | /join #c [key]           | joins; without "#" it is added. /j                          |
 * | /part [#c] [reason]      | leaves that channel or the one that is shown. /leave        |
 * | /msg who text            | says it to a channel or person. /m                          |
 * | /query who [text]        | opens a conversation, and says the text there. /q           |
 * | /notice who text         | sends a notice                                              |
 * | /nick name               | changes the nick                                            |
 * | /topic [#c] [text]       | shows or sets the topic; /topic #c - takes it away          |
 * | /kick [#c] who [reason]  | throws somebody out                                         |
 * | /invite who [#c]         | invites somebody                                            |
 * | /mode [target] [modes]   | shows or changes modes; /op, /deop, /voice, /devoice who    |
 * | /away [text], /back      | says that one is away, or back                              |
 * | /whois who               | asks about a person                                         |
 * | /list [pattern]          | asks for the channels                                       |
 * | /names [#c]              | asks who is there                                           |
 * | /ctcp who command [text] | sends a CTCP request                                        |
 * | /raw line                | sends a line as it is. /quote                               |
 * | /clear, /close           | asks the window to clear or close the conversation          |
 * | /quit [text]             | says goodbye. /exit                                         |
 * | /help [command]          | explains                                                    |
 */
#ifndef BIGHT_IRC_ENTRY_H
#define BIGHT_IRC_ENTRY_H

#include <bight/api.h>
#include <bight/irc_client.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** What the window has to do now. */
typedef enum bight_irc_entry_todo {
    BIGHT_IRC_ENTRY_NOTHING, /**< done; what comes of it is told by events. Clear the entry */
    BIGHT_IRC_ENTRY_SHOW,    /**< show the text in the conversation, for this person only */
    BIGHT_IRC_ENTRY_OPEN,    /**< show the conversation that the text names; make it if needed */
    BIGHT_IRC_ENTRY_CLEAR,   /**< empty the conversation's view */
    BIGHT_IRC_ENTRY_CLOSE,   /**< close the conversation; a channel has been parted */
    BIGHT_IRC_ENTRY_FAILED   /**< show the text as an error, and leave the entry as it is */
} bight_irc_entry_todo;

/** What came of an entry. The caller's storage. */
typedef struct bight_irc_entry_result {
    bight_irc_entry_todo todo;
    char text[2048]; /**< see above; UTF-8, may have several lines */
} bight_irc_entry_result;

/**
 * Do what a person typed.
 *
 * @param where   the conversation that is shown: a channel, a nick, or "" for the server's
 * @param text    what was typed; several lines (a paste) that do not begin with "/" are said one
 *                by one
 * @param result  always filled
 * @return        BIGHT_OK, or why it failed; result->text says it to the person
 * @thread        the reactor's
 * @reentrancy    no event runs before this returns
 */
BIGHT_API bight_status bight_irc_entry_run(bight_irc_client *client, const char *where,
                                           const char *text, bight_irc_entry_result *result);

/** Completes nicks, channels and commands in an entry, one candidate after the other. */
typedef struct bight_irc_completion bight_irc_completion;

/** Make one for an entry. @errors NULL without memory @owner the caller @thread any */
BIGHT_API BIGHT_MUST_USE bight_irc_completion *bight_irc_completion_new(void);

/** Free. NULL is ignored. @thread any */
BIGHT_API void bight_irc_completion_free(bight_irc_completion *completion);

/**
 * Complete the word before the cursor, or, when the entry still is as the last call left it, put
 * the next candidate in its place; after the last comes what was typed.
 *
 * A nick at the beginning of the line gets ": " behind it, anything else " ". Candidates are the
 * members of the channel @p where in order of their nicks (or the person @p where), for a word
 * that begins as a channel does the client's channels, for "/" the commands.
 *
 * @param text       what is in the entry, UTF-8
 * @param cursor     in bytes from the beginning
 * @param backwards  true for Shift+Tab: the candidate before
 * @param out        what the entry is to show. Owned by @p completion, valid until the next call
 * @param out_cursor where the cursor is to be, in bytes
 * @return           false when nothing fits (or without memory): the out parameters are untouched
 * @thread           the reactor's
 */
BIGHT_API bool bight_irc_completion_next(bight_irc_completion *completion,
                                         const bight_irc_client *client, const char *where,
                                         const char *text, size_t cursor, bool backwards,
                                         const char **out, size_t *out_cursor);

/** Forget the word that is being completed: the next call begins anew. @thread any */
BIGHT_API void bight_irc_completion_reset(bight_irc_completion *completion);

BIGHT_END_DECLS

#endif
