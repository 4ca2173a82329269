// A Qt button that sends a request, and a bar that moves until there is an answer, an error or a
// second press of the button, which cancels. The text of the label is also printed.
//
//     nc -l 7000 &
//     build/dev/examples/qt_spinner tcp:localhost:7000
#include "ask.h"

#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QVBoxLayout>
#include <bight/qt.h>
#include <bight/qt.hpp>
#include <cstdio>

namespace
{

class Window : public QWidget
{
  public:
    explicit Window(const QByteArray &endpoint);

  private:
    void say(const QString &text);
    void start();
    void stop();

    QByteArray m_endpoint;
    bight::QtReactor *m_reactor = new bight::QtReactor(this);
    bight::QtDeferred *m_answer = nullptr; // null when no request is pending
    QLabel *m_label = new QLabel("Nothing asked yet.");
    QProgressBar *m_spinner = new QProgressBar;
    QPushButton *m_button = new QPushButton("Ask");
};

Window::Window(const QByteArray &endpoint) : m_endpoint(endpoint)
{
    auto *layout = new QVBoxLayout(this);

    if (!m_reactor->isValid())
        qFatal("out of memory or descriptors");
    m_label->setAlignment(Qt::AlignCenter);
    m_label->setWordWrap(true);
    m_spinner->setRange(0, 0); // moves without a value, as the duration is unknown
    m_spinner->setTextVisible(false);
    QSizePolicy policy = m_spinner->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    m_spinner->setSizePolicy(policy);
    m_spinner->hide();
    layout->setContentsMargins(24, 24, 24, 24);
    layout->setSpacing(18);
    layout->addWidget(m_label, 1);
    layout->addWidget(m_spinner);
    layout->addWidget(m_button, 0, Qt::AlignHCenter);
    setWindowTitle("A spinner in Qt");
    resize(360, 240);
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_answer == nullptr)
            start();
        else
            m_answer->cancel();
    });
}

void Window::say(const QString &text)
{
    m_label->setText(text);
    std::puts(qPrintable(text));
    std::fflush(stdout);
}

void Window::start()
{
    using bight::QtDeferred;
    auto *deferred = ask(*m_reactor, m_endpoint.constData(), "What is the answer?");

    m_answer = new QtDeferred(deferred, this); // cancelled when the window is destroyed
    say("Asking ...");
    m_button->setText("Cancel");
    m_spinner->show();

    connect(m_answer, &QtDeferred::succeeded, this,
            [this](const QVariant &answer) { say(answer.toString()); });
    connect(m_answer, &QtDeferred::failed, this, [this](const QString &why) { say(why); });
    connect(m_answer, &QtDeferred::canceled, this, [this] { say("Cancelled."); });
    connect(m_answer, &QtDeferred::finished, this, [this] { stop(); });
}

// The answer, an error and a cancellation all end here.
void Window::stop()
{
    m_spinner->hide();
    m_button->setText("Ask");
    m_answer->deleteLater();
    m_answer = nullptr;
}

} // namespace

int main(int count, char **arguments)
{
    QApplication application(count, arguments);
    Window window(count > 1 ? arguments[1] : "tcp:localhost:7000");

    window.show();
    return QApplication::exec();
}
