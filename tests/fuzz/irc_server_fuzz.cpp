// A whole server, and three clients who send what the input says: the first byte of each line
// chooses the client, or lets time pass. What comes back must be lines of IRC.
#include <bight/crank.h>
#include <bight/irc_message.h>
#include <bight/irc_server.h>
#include <bight/pair.h>
#include <bight/transport.h>

#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

namespace
{

struct Client {
    bight_protocol base; // first
    bight_transport *transport;
    std::string pending;
};

Client *of(bight_protocol *protocol)
{
    return reinterpret_cast<Client *>(protocol);
}

void connected(bight_protocol *protocol, bight_transport *transport)
{
    of(protocol)->transport = transport;
}

void checkLine(const std::string &line)
{
    bight_irc_message message;

    if (bight_irc_message_parse(reinterpret_cast<const std::uint8_t *>(line.data()), line.size(),
                                &message) != BIGHT_OK ||
        line.size() - (message.tags.data != nullptr ? message.tags.size + 2 : 0) > 510)
        std::abort();
}

void received(bight_protocol *protocol, const std::uint8_t *bytes, std::size_t size)
{
    std::string &pending = of(protocol)->pending;
    std::size_t from = 0, end;

    pending.append(reinterpret_cast<const char *>(bytes), size);
    for (; (end = pending.find("\r\n", from)) != std::string::npos; from = end + 2)
        checkLine(pending.substr(from, end - from));
    pending.erase(0, from);
}

void closed(bight_protocol *protocol, const bight_error *)
{
    of(protocol)->transport = nullptr;
}

const bight_protocol_ops ops = {
    sizeof(bight_protocol_ops), "fuzz", connected, received, nullptr, nullptr, closed};

void write(Client &client, const std::string &bytes)
{
    if (client.transport != nullptr)
        bight_transport_write(client.transport, bytes.data(), bytes.size());
}

class World
{
  public:
    World()
    {
        bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

        options.max_list = 4;
        options.max_channels = 5;
        options.send_queue = 65536;
        options.line_interval = BIGHT_MSEC(10);
        if (reactor_ == nullptr || bight_irc_server_new(reactor_, &options, &server_) != BIGHT_OK)
            std::abort();
        for (std::size_t i = 0; i < std::size(clients_); i++)
            open(clients_[i], std::string(1, static_cast<char>('a' + i)));
    }

    ~World()
    {
        bight_irc_server_free(server_);
        bight_crank_settle(reactor_);
        for (Client &client : clients_)
            bight_transport_free(client.transport);
        bight_reactor_free(reactor_);
    }
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    void step(std::uint8_t first, const std::string &line)
    {
        if (first >= 'a' && first < 'a' + std::size(clients_))
            write(clients_[first - 'a'], line);
        else if (first == 't')
            bight_crank_advance(reactor_, BIGHT_SEC(1 + line.size()));
        else if (first >= 'A' && first < 'A' + std::size(clients_))
            reopen(clients_[first - 'A'], std::string(1, static_cast<char>(first)));
        bight_crank_settle(reactor_);
    }

  private:
    void open(Client &client, const std::string &nick)
    {
        bight_protocol *served = bight_irc_server_serve(server_);

        client.base.ops = &ops;
        client.pending.clear();
        if (served == nullptr || bight_pair_new(reactor_, &client.base, served) != BIGHT_OK)
            std::abort();
        bight_crank_settle(reactor_);
        write(client, "CAP REQ :message-tags\r\nNICK " + nick + "\r\nUSER x 0 * :x\r\nCAP END\r\n");
        bight_crank_settle(reactor_);
        write(client, "JOIN #c\r\n");
        bight_crank_settle(reactor_);
    }

    void reopen(Client &client, const std::string &nick)
    {
        bight_transport_free(client.transport);
        client.transport = nullptr;
        bight_crank_settle(reactor_);
        open(client, nick);
    }

    bight_reactor *reactor_ = bight_crank_reactor_new();
    bight_irc_server *server_ = nullptr;
    Client clients_[3] = {};
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size > 8192)
        return 0;
    World world;
    std::string input(reinterpret_cast<const char *>(data), size);

    for (std::size_t at = 0; at < size;) {
        std::size_t end = input.find('\n', at);
        std::size_t next = end == std::string::npos ? size : end + 1;

        world.step(data[at], input.substr(at + 1, next - at - 1));
        at = next;
    }
    return 0;
}
