/** @file bight/irc_entry.h
 * Runs the text that a person types into a chat window, in the same way in every window.
 *
 * | typed                    | does                                                        |
 * |--------------------------|-------------------------------------------------------------|
 * | text                     | sends it to the conversation that is shown                  |
 * | //text                   | sends "/text"                                               |
 * | /me text, /say text      | sends it as an action, or as a plain message                |
 * | /join #c [key]           | joins; without "#" it is added. /j                          |
 * | /part [#c] [reason]      | leaves that channel or the one that is shown. /leave        |
 * | /msg who text            | sends it to a channel or person. /m                         |
 * | /query who [text]        | opens a conversation, and sends the text there. /q          |
 * | /notice who text         | sends a notice                                              |
 * | /nick name               | changes the nick                                            |
 * | /topic [#c] [text]       | shows or sets the topic; /topic #c - removes it             |
 * | /kick [#c] who [reason]  | throws somebody out                                         |
 * | /invite who [#c]         | invites somebody                                            |
 * | /mode [target] [modes]   | shows or changes modes; /op, /deop, /voice, /devoice who    |
 * | /away [text], /back      | marks you as away, or as back                               |
 * | /whois who               | asks about a person                                         |
 * | /list [pattern]          | asks for the channels                                       |
 * | /names [#c]              | lists the members of a channel                              |
 * | /ctcp who command [text] | sends a CTCP request                                        |
 * | /raw line                | sends a line unchanged. /quote                              |
 * | /clear, /close           | asks the window to clear or close the conversation          |
 * | /quit [text]             | quits. /exit                                                |
 * | /help [command]          | shows help                                                  |
 */
#ifndef BIGHT_IRC_ENTRY_H
#define BIGHT_IRC_ENTRY_H

#include <bight/api.h>
#include <bight/irc_client.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** What the window has to do next. */
typedef enum bight_irc_entry_todo {
    BIGHT_IRC_ENTRY_NOTHING, /**< done; events report the outcome. Clear the entry */
    BIGHT_IRC_ENTRY_SHOW,    /**< show the text in the conversation, for this person only */
    BIGHT_IRC_ENTRY_OPEN,    /**< show the conversation that the text names; make it if needed */
    BIGHT_IRC_ENTRY_CLEAR,   /**< empty the conversation's view */
    BIGHT_IRC_ENTRY_CLOSE,   /**< close the conversation; a channel has been parted */
    BIGHT_IRC_ENTRY_FAILED   /**< show the text as an error, and leave the entry as it is */
} bight_irc_entry_todo;

/** The result of an entry, in the caller's storage. */
typedef struct bight_irc_entry_result {
    bight_irc_entry_todo todo;
    char text[2048]; /**< the text that `todo` refers to; UTF-8, may have several lines */
} bight_irc_entry_result;

/**
 * Run what a person typed. *
 * @param where   the conversation that is shown: a channel, a nick, or "" for the server's
 * @param text    the typed text; the lines of a paste that does not begin with "/" are sent one by
 *                one
 * @param result  always filled
 * @return        BIGHT_OK, or why it failed; result->text explains it to the user
 * @thread        the reactor's
 * @reentrancy    no event runs before this returns
 */
BIGHT_API bight_status bight_irc_entry_run(bight_irc_client *client, const char *where,
                                           const char *text, bight_irc_entry_result *result);

/** Completes nicks, channels and commands in an entry, one candidate after the other. */
typedef struct bight_irc_completion bight_irc_completion;

/** Make one for an entry. @errors NULL when out of memory @owner the caller @thread any */
BIGHT_API BIGHT_MUST_USE bight_irc_completion *bight_irc_completion_new(void);

/** Free. NULL is ignored. @thread any */
BIGHT_API void bight_irc_completion_free(bight_irc_completion *completion);

/**
 * Complete the word before the cursor. If the entry is unchanged since the last call, put the next
 * candidate in its place. After the last candidate comes the typed word.
 *
 * A nick at the beginning of the line is followed by ": ", anything else by " ". The candidates
 * are the members of the channel @p where in the order of their nicks (or the person @p where).
 * For a word that begins like a channel they are the client's channels, and for "/" the commands.
 *
 * @param text       what is in the entry, UTF-8
 * @param cursor     in bytes from the beginning
 * @param backwards  true for the previous candidate (Shift+Tab)
 * @param out        the text that the entry should show. Owned by @p completion, valid until the
 *                   next call
 * @param out_cursor the new position of the cursor, in bytes
 * @return           false if nothing matches or when out of memory; the out parameters are
 *                   unchanged then
 * @thread           the reactor's
 */
BIGHT_API bool bight_irc_completion_next(bight_irc_completion *completion,
                                         const bight_irc_client *client, const char *where,
                                         const char *text, size_t cursor, bool backwards,
                                         const char **out, size_t *out_cursor);

/** Forget the word that is being completed: the next call starts a new completion. @thread any */
BIGHT_API void bight_irc_completion_reset(bight_irc_completion *completion);

BIGHT_END_DECLS

#endif
