/* A parser needs no loop at all. */
#include <bight/irc_message.h>
#include <stdio.h>

int main(void)
{
    bight_view line = bight_view_of(":ada!a@host PRIVMSG #deck :hello");
    bight_irc_message message;

    if (bight_irc_message_parse(line.data, line.size, &message) != BIGHT_OK)
        return 1;
    printf("%.*s says %.*s\n", (int)message.nick.size, (const char *)message.nick.data,
           (int)message.params[1].size, (const char *)message.params[1].data);
    return 0;
}
