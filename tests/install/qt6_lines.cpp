#include <bight/qt_line_client.hpp>
#include <cstdio>

int main()
{
    bight_reactor *reactor = bight_reactor_new();
    {
        bight::LineClient client(reactor, "tcp:localhost:7000");

        if (client.isValid() && client.state() == bight::LineClient::Offline)
            std::puts("offline with a reactor");
    }
    bight_reactor_free(reactor);
    return 0;
}
