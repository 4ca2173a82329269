#include "irc_client_recorder.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace irc
{

std::string describe(const bight_irc_source &source)
{
    std::string text = source.nick;

    if (source.user[0] != '\0')
        text += std::string("!") + source.user;
    if (source.host[0] != '\0')
        text += std::string("@") + source.host;
    if (source.is_self)
        text += "(self)";
    if (source.is_server)
        text += "(server)";
    return text;
}

namespace
{

Recorder &recorder(void *data)
{
    return *static_cast<Recorder *>(data);
}

// The events, each as one line of text.
struct Slots {
    static std::string place(size_t position)
    {
        return position == BIGHT_IRC_NOWHERE ? "-" : std::to_string(position);
    }

    static void state_changed(bight_irc_client *, bight_irc_state state, const bight_error *reason,
                              void *data)
    {
        std::string text = std::string("state ") + bight_irc_state_text(state);

        if (reason) {
            const char *domain = bight_error_get_domain(reason);

            text += std::string(": ") + bight_error_get_message(reason);
            recorder(data).lastStatus = bight_error_get_status(reason);
            recorder(data).lastDomain = domain ? domain : "";
            recorder(data).lastCode = bight_error_get_code(reason);
        }
        recorder(data).tell(text);
    }

    static void nick_needed(bight_irc_client *, const char *tried, const char *text, void *data)
    {
        recorder(data).tell(std::string("nick needed after ") + tried + ": " + text);
    }

    static void said(bight_irc_client *, const bight_irc_words *words, void *data)
    {
        static const char *const manners[] = {"message", "notice", "action"};
        std::string text = manners[words->manner];

        text += std::string(" in [") + words->conversation + "] from " + describe(words->from);
        if (words->status)
            text += std::string(" to status ") + words->status;
        if (words->mentions_me)
            text += " (mention)";
        recorder(data).tell(text + ": " + words->text);
        recorder(data).lastTime = words->time;
    }

    static void channel_joined(bight_irc_client *, bight_irc_channel *channel, void *data)
    {
        recorder(data).tell(std::string("joined ") + bight_irc_channel_get_name(channel));
    }

    static void channel_left(bight_irc_client *, bight_irc_channel *channel,
                             const bight_irc_departure *why, void *data)
    {
        static const char *const ways[] = {"joined", "parted", "kicked", "quit"};

        recorder(data).tell(std::string("left ") + bight_irc_channel_get_name(channel) + " " +
                            ways[why->what] + " by " + describe(why->by) + ": " + why->text);
    }

    static void members_reset(bight_irc_client *, bight_irc_channel *channel, void *data)
    {
        recorder(data).tell(std::string("members of ") + bight_irc_channel_get_name(channel));
    }

    static void member_changed(bight_irc_client *, const bight_irc_member_change *change,
                               void *data)
    {
        static const char *const whats[] = {"joined",  "parted", "kicked", "quit",
                                            "renamed", "ranked", "updated"};
        std::ostringstream text;

        text << whats[change->what] << " " << bight_irc_channel_get_name(change->channel) << " "
             << bight_irc_member_get_prefixes(change->member)
             << bight_irc_member_get_nick(change->member) << " " << place(change->old_position)
             << ">" << place(change->new_position);
        if (std::string(change->old_nick) != bight_irc_member_get_nick(change->member))
            text << " was " << change->old_nick;
        text << " by " << describe(change->by);
        if (change->text[0] != '\0')
            text << ": " << change->text;
        recorder(data).tell(text.str());
    }

    static void topic_changed(bight_irc_client *, bight_irc_channel *channel,
                              const bight_irc_source *by, int64_t, void *data)
    {
        recorder(data).tell(std::string("topic of ") + bight_irc_channel_get_name(channel) +
                            (by ? " by " + describe(*by) : "") + ": " +
                            bight_irc_channel_get_topic(channel));
    }

    static void modes_changed(bight_irc_client *, bight_irc_channel *channel,
                              const bight_irc_source *by, const char *modes, int64_t, void *data)
    {
        recorder(data).tell(std::string("modes of ") +
                            (channel ? bight_irc_channel_get_name(channel) : "me") + " by " +
                            describe(*by) + ": " + modes);
    }

    static void nick_changed(bight_irc_client *, const bight_irc_source *who, const char *nick,
                             int64_t, void *data)
    {
        recorder(data).tell("nick " + describe(*who) + " -> " + nick);
    }

    static void invited(bight_irc_client *, const bight_irc_source *by, const char *channel,
                        int64_t, void *data)
    {
        recorder(data).tell("invited to " + std::string(channel) + " by " + describe(*by));
    }

    static void away(bight_irc_client *, const char *nick, const char *text, void *data)
    {
        recorder(data).tell(std::string("away ") + nick + ": " + text);
    }

    static void self_away(bight_irc_client *, bool is_away, void *data)
    {
        recorder(data).tell(is_away ? "I am away" : "I am back");
    }

    static void whois(bight_irc_client *, const bight_irc_whois *whois, void *data)
    {
        std::ostringstream text;

        text << "whois " << whois->nick << "!" << whois->user << "@" << whois->host << " ("
             << whois->real_name << ") on " << whois->server << " in " << whois->channels
             << " account " << whois->account << " away " << whois->away << " idle " << whois->idle
             << " since " << whois->signed_on << (whois->is_operator ? " oper" : "")
             << (whois->is_secure ? " secure" : "");
        recorder(data).tell(text.str());
    }

    static void list_item(bight_irc_client *, const char *channel, unsigned members,
                          const char *topic, void *data)
    {
        recorder(data).tell(std::string("list ") + channel + " " + std::to_string(members) + " " +
                            topic);
    }

    static void list_end(bight_irc_client *, void *data)
    {
        recorder(data).tell("list end");
    }

    static void ctcp(bight_irc_client *, const bight_irc_source *from, const char *command,
                     const char *text, bool is_reply, void *data)
    {
        recorder(data).tell(std::string("ctcp ") + (is_reply ? "reply " : "") + command + " from " +
                            describe(*from) + ": " + text);
    }

    static void info(bight_irc_client *, const bight_irc_info *info, void *data)
    {
        recorder(data).tell("info " + std::to_string(info->code) + " [" + info->about + "] " +
                            info->text);
    }

    static void problem(bight_irc_client *, const bight_irc_problem *problem, void *data)
    {
        recorder(data).tell("problem " + std::to_string(problem->code) + " [" + problem->about +
                            "] " + problem->text);
    }

    static void line(bight_irc_client *, bool is_out, const char *line, void *data)
    {
        if (recorder(data).logLines)
            recorder(data).tell((is_out ? ">> " : "<< ") + std::string(line));
    }

    static void unsent(bight_irc_client *, const bight_irc_unsent *unsent, void *data)
    {
        recorder(data).tell(std::string("unsent ") + unsent->command + " " + unsent->target +
                            (unsent->is_action ? " (action): " : ": ") + unsent->text);
    }
};

} // namespace

const bight_irc_client_events Recorder::events = {sizeof(bight_irc_client_events),
                                                  Slots::state_changed,
                                                  Slots::nick_needed,
                                                  Slots::said,
                                                  Slots::channel_joined,
                                                  Slots::channel_left,
                                                  Slots::members_reset,
                                                  Slots::member_changed,
                                                  Slots::topic_changed,
                                                  Slots::modes_changed,
                                                  Slots::nick_changed,
                                                  Slots::invited,
                                                  Slots::away,
                                                  Slots::self_away,
                                                  Slots::whois,
                                                  Slots::list_item,
                                                  Slots::list_end,
                                                  Slots::ctcp,
                                                  Slots::info,
                                                  Slots::problem,
                                                  Slots::line,
                                                  Slots::unsent};

void Recorder::tell(const std::string &event)
{
    told_.push_back(event);
    if (onEvent)
        onEvent(event);
}

Lines Recorder::told()
{
    return std::exchange(told_, {});
}

bool Recorder::saw(const std::string &event) const
{
    return std::find(told_.begin(), told_.end(), event) != told_.end();
}

bool Recorder::sawStart(const std::string &start) const
{
    return std::any_of(told_.begin(), told_.end(),
                       [&](const std::string &event) { return event.rfind(start, 0) == 0; });
}

} // namespace irc
