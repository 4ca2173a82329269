// An echo server as Asio's examples have it, each connection with a buffer of its own.
#include "../listen.h"
#include <array>
#include <asio.hpp>
#include <memory>
#include <utility>

class session : public std::enable_shared_from_this<session>
{
  public:
    explicit session(asio::ip::tcp::socket socket) : socket_(std::move(socket))
    {
        socket_.set_option(asio::ip::tcp::no_delay(true));
    }

    void read()
    {
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](std::error_code error, size_t count) {
                                    if (!error)
                                        self->write(count);
                                });
    }

  private:
    void write(size_t count)
    {
        asio::async_write(socket_, asio::buffer(buffer_, count),
                          [self = shared_from_this()](std::error_code error, size_t) {
                              if (!error)
                                  self->read();
                          });
    }

    asio::ip::tcp::socket socket_;
    std::array<char, 16384> buffer_;
};

static void accept(asio::ip::tcp::acceptor &acceptor)
{
    acceptor.async_accept([&acceptor](std::error_code error, asio::ip::tcp::socket socket) {
        if (!error)
            std::make_shared<session>(std::move(socket))->read();
        accept(acceptor);
    });
}

int main()
{
    asio::io_context context(1);
    asio::ip::tcp::acceptor acceptor(context, asio::ip::tcp::v4(), echo_listen());

    accept(acceptor);
    context.run();
    return 0;
}
