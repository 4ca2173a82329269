// A line of IRC: what parses is inside the line, and written again parses to the same.
#include <bight/irc_message.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace
{

void require(bool condition)
{
    if (!condition)
        std::abort();
}

struct Line {
    const std::uint8_t *data;
    std::size_t size;

    void holds(bight_view part) const
    {
        require(part.data == nullptr ? part.size == 0
                                     : part.data >= data && part.data <= data + size &&
                                           part.size <= std::size_t(data + size - part.data));
    }
};

void checkParts(const bight_irc_message &message, const Line &line)
{
    for (bight_view part :
         {message.tags, message.source, message.nick, message.user, message.host, message.command})
        line.holds(part);
    require(message.param_count <= BIGHT_IRC_MAX_PARAMS && message.command.size > 0);
    for (std::size_t i = 0; i < BIGHT_IRC_MAX_PARAMS; i++) {
        line.holds(message.params[i]);
        require((message.params[i].data != nullptr) == (i < message.param_count));
        require(bight_view_equal(message.params[i], bight_irc_message_param(&message, i)));
    }
    require(bight_irc_message_numeric(&message) < 1000);
}

// Each tag that may be written comes back as what it meant.
void checkTags(const bight_irc_message &message)
{
    bight_view tags = message.tags;
    bight_irc_tag tag;

    while (bight_irc_tags_next(&tags, &tag)) {
        std::string key(reinterpret_cast<const char *>(tag.key.data), tag.key.size);
        std::string value(tag.value.size, '\0'), again;
        std::vector<char> buffer(2 * tag.value.size + key.size() + 2);
        std::size_t length = 0;

        require(!key.empty());
        value.resize(bight_irc_tag_unescape(tag.value, value.data()));
        bight_view plain{reinterpret_cast<const std::uint8_t *>(value.data()), value.size()};
        if (bight_irc_tags_add(buffer.data(), buffer.size(), &length, key.c_str(), plain) !=
            BIGHT_OK)
            continue;
        bight_view written{reinterpret_cast<const std::uint8_t *>(buffer.data()), length};
        bight_irc_tag back;
        require(bight_irc_tags_next(&written, &back) && written.size == 0);
        again.resize(back.value.size);
        again.resize(bight_irc_tag_unescape(back.value, again.data()));
        require(again == value && bight_view_equal(back.key, tag.key));
    }
}

void checkWriting(const bight_irc_message &message, std::size_t size)
{
    std::vector<char> buffer(size + 64);
    std::size_t length = 0;
    bight_status status =
        bight_irc_message_format(&message, buffer.data(), buffer.size(), buffer.size(), &length);
    bight_irc_message again;

    if (message.tags.size + 2 > BIGHT_IRC_MAX_TAGS) {
        require(status == BIGHT_ERROR_LIMIT);
        return;
    }
    require(status == BIGHT_OK && length >= 2);
    require(bight_irc_message_parse(reinterpret_cast<std::uint8_t *>(buffer.data()), length - 2,
                                    &again) == BIGHT_OK);
    require(bight_view_equal(again.tags, message.tags) &&
            bight_view_equal(again.source, message.source) &&
            bight_view_equal(again.command, message.command) &&
            again.param_count == message.param_count);
    for (std::size_t i = 0; i < message.param_count; i++)
        require(bight_view_equal(again.params[i], message.params[i]));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    std::vector<std::uint8_t> line(data, data + size); // so that a byte too far is seen
    bight_irc_message message;

    if (bight_irc_message_parse(line.data(), size, &message) != BIGHT_OK)
        return 0;
    checkParts(message, {line.data(), size});
    checkTags(message);
    checkWriting(message, size);
    for (std::size_t max : {std::size_t(0), size / 2, size})
        require(bight_irc_text_fit({line.data(), size}, max) <= max);
    return 0;
}
