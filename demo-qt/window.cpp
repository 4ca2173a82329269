#include "window.h"

#include "certificate_dialog.h"
#include "connect_dialog.h"
#include "switcher.h"
#include "text.h"

#include <QtGui/QCloseEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QSplitter>

namespace chat
{
namespace
{

// An endpoint in the form that people tell others.
QString addressOf(const QString &endpoint)
{
    const QString port = endpoint.mid(endpoint.lastIndexOf(QLatin1Char(':')) + 1);

    if (endpoint.startsWith(QLatin1String("tcp:[::]:")) ||
        endpoint.startsWith(QLatin1String("tcp:0.0.0.0:")))
        return Window::tr("port %1").arg(port);
    return endpoint.startsWith(QLatin1String("tcp:")) ? endpoint.mid(4) : endpoint;
}

} // namespace

Window::Window(Session &session, QWidget *parent)
    : QMainWindow(parent), m_session(session), m_memberModel(session.client())
{
    setObjectName(QStringLiteral("chat"));
    buildLayout();
    buildMenus();
    connectSession();
    connectEntry();
    paint();
    showConversation(m_session.chat().current());
    showState(BIGHT_IRC_OFFLINE, {});
    m_entry->setFocus();
}

void Window::connectSession()
{
    Chat &chat = m_session.chat();
    Client &client = m_session.client();

    client.trust().setAsk([this](const bight_certificate_report *report) {
        return CertificateDialog::ask(report, this);
    });
    connect(&chat, &Chat::shown, this, &Window::showConversation);
    connect(&chat, &Chat::emptied, this, &Window::showConversation);
    connect(&chat, &Chat::topicTold, this, &Window::showTopic);
    connect(&chat, &Chat::lineAdded, this, [this](Conversation *conversation, const Line &line) {
        if (conversation == m_session.chat().current())
            m_messages->append(line);
        showTitle();
    });
    connect(&chat, &Chat::called, this, [this] { QApplication::alert(this); });
    connect(&chat, &Chat::invited, this, [this](const QString &by, const QString &channel) {
        m_notice->tell(
            NoticeBar::Tone::Question, tr("%1 invites you to %2.").arg(by, shownName(channel)),
            {{tr("&Join"),
              [this, channel] {
                  m_notice->tell(NoticeBar::Tone::Question, {});
                  showFailure(m_session.chat().join(channel));
              }},
             {tr("&Ignore"), [this] { m_notice->tell(NoticeBar::Tone::Question, {}); }}});
    });
    connect(&client, &Client::stateChanged, this, &Window::showState);
    connect(&client, &Client::nickNeeded, this, &Window::askForNick);
    connect(&client, &Client::nickChanged, this, &Window::showSide);
    // The name is known when the channel is joined; the members arrive later.
    connect(&client, &Client::channelJoined, this, [this](bight_irc_channel *channel) {
        if (m_session.chat().current() ==
            m_session.chat().find(QString::fromUtf8(bight_irc_channel_get_name(channel))))
            showConversation(m_session.chat().current());
    });
    connect(&m_session.hosting(), &Hosting::changed, this, &Window::showSide);
    connect(&m_session, &Session::failed, this, &Window::askWhereTo);
    connect(&m_memberModel, &Members::counted, this, [this](int count) {
        m_memberCount->setText(count == 1 ? tr("1 member") : tr("%1 members").arg(count));
    });
}

void Window::connectEntry()
{
    for (QWidget *part : {static_cast<QWidget *>(m_channels), static_cast<QWidget *>(m_messages),
                          static_cast<QWidget *>(m_members)})
        part->installEventFilter(this);
    m_entry->installEventFilter(this);
    connect(m_entry, &Entry::failed, this, &Window::showFailure);
    connect(m_entry, &Entry::edited, this, [this] { showFailure({}); });
    connect(m_entry, &Entry::scrolled, m_messages, &MessageView::scrollPages);
    connect(m_members, &MemberList::chosen, this, [this](const QString &nick) {
        if (m_session.client().isSame(nick, m_session.client().nick()))
            return;
        m_session.chat().show(m_session.chat().open(nick));
        m_entry->setFocus();
    });
    connect(m_members, &MemberList::askedFor, this, [this](const QString &nick) {
        showFailure(m_session.chat().enter(QStringLiteral("/whois ") + nick));
    });
}

void Window::showConversation(Conversation *conversation)
{
    const bool channel = conversation->kind == Conversation::Kind::Channel;

    m_entry->show(conversation);
    m_messages->show(conversation);
    m_memberModel.show(channel ? m_session.client().channel(conversation->name) : nullptr);
    m_memberPane->setVisible(channel && m_wantMembers);
    m_showMembers->setEnabled(channel);
    m_leave->setEnabled(conversation->kind != Conversation::Kind::Server);
    showTopic(conversation);
    showTitle();
}

void Window::showTopic(Conversation *conversation)
{
    if (conversation != m_session.chat().current())
        return;
    QString topic = conversation->topic;

    if (conversation->kind == Conversation::Kind::Server)
        topic = m_session.client().login().endpoint;
    else if (conversation->kind == Conversation::Kind::Person)
        topic = tr("Only you two read this");
    else if (topic.isEmpty())
        topic = tr("No topic");
    m_topic->show(m_session.chat().conversations().titleOf(conversation), topic);
}

void Window::showTitle()
{
    Chat &chat = m_session.chat();
    const int unread = chat.conversations().unread();
    const QString title = chat.conversations().titleOf(chat.current()) + tr(" – Bight Chat");

    setWindowTitle(unread > 0 ? QStringLiteral("(%1) %2").arg(unread).arg(title) : title);
}

NoticeBar::Action Window::changeAction()
{
    const bool first = m_session.client().login().endpoint.isEmpty();

    return {first ? tr("C&onnect…") : tr("C&hange…"), [this] { askWhereTo(); }};
}

void Window::showState(bight_irc_state state, const QString &reason)
{
    const QString where = m_session.client().login().endpoint;
    const NoticeBar::Action stop = {
        tr("&Stop"), [this] { bight_irc_client_quit(m_session.client().session(), nullptr); }};
    const NoticeBar::Action again = {tr("Connect a&gain"), [this] { m_session.again(); }};
    const QString why = shownText(reason.toUtf8().constData());

    switch (state) {
    case BIGHT_IRC_CONNECTING:
        m_notice->tell(NoticeBar::Tone::Busy, tr("Connecting to %1 …").arg(where), {stop});
        break;
    case BIGHT_IRC_REGISTERING:
        m_notice->tell(NoticeBar::Tone::Busy, tr("Saying hello to %1 …").arg(where), {stop});
        break;
    case BIGHT_IRC_READY:
        m_notice->tell(NoticeBar::Tone::Busy, {});
        break;
    case BIGHT_IRC_CLOSING:
        m_notice->tell(NoticeBar::Tone::Busy, tr("Saying goodbye …"));
        break;
    case BIGHT_IRC_WAITING:
        m_notice->tell(NoticeBar::Tone::Warning,
                       tr("Disconnected: %1. The client will try again.").arg(why),
                       {again, stop, changeAction()});
        break;
    case BIGHT_IRC_OFFLINE:
        if (where.isEmpty())
            m_notice->tell(NoticeBar::Tone::Busy, tr("You are not connected."), {changeAction()});
        else
            m_notice->tell(why.isEmpty() ? NoticeBar::Tone::Warning : NoticeBar::Tone::Error,
                           why.isEmpty() ? tr("You are disconnected.")
                                         : tr("Disconnected: %1").arg(why),
                           {again, changeAction()});
        break;
    }
    showTopic(m_session.chat().current());
    showTitle();
    showSide();
}

// The colour only repeats the information of the text.
void Window::showSide()
{
    const Theme &theme = themeOf(this);
    const Client &client = m_session.client();
    const Hosting &hosting = m_session.hosting();
    const bight_irc_state state = client.state();
    const bool ready = state == BIGHT_IRC_READY;
    const QString nick = shownName(client.nick());
    QPalette dot;

    dot.setColor(QPalette::WindowText, ready                        ? theme.good
                                       : state == BIGHT_IRC_OFFLINE ? theme.muted
                                                                    : theme.warning);
    m_dot->setPalette(dot);
    m_self->setFullText(client.login().endpoint.isEmpty() ? tr("Bight Chat") : nick);
    m_state->setFullText(ready ? tr("connected") : QString::fromUtf8(bight_irc_state_text(state)));
    m_nick->setText(nick);
    m_nick->setVisible(!client.login().endpoint.isEmpty());
    QPalette own;
    own.setColor(QPalette::WindowText, theme.nick(client.nick()));
    m_nick->setPalette(own);
    m_hosting->setVisible(hosting.isOpen());
    m_hosting->setText(tr("Hosting at %1\n%2 connected")
                           .arg(addressOf(hosting.endpoint()), QString::number(hosting.people())));
}

void Window::showFailure(const QString &why)
{
    m_failure->setText(why);
    m_failure->setAccessibleName(why);
    m_failure->setVisible(!why.isEmpty());
}

void Window::begin(const Setup &setup)
{
    const QString why = m_session.begin(setup);

    if (!why.isEmpty())
        askWhereTo(why);
}

void Window::askWhereTo(const QString &complaint)
{
    if (m_dialog == nullptr) {
        Setup last = lastSetup();
        if (!m_session.client().login().endpoint.isEmpty())
            last = m_session.setup();
        m_dialog = new ConnectDialog(last, this);
        m_dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(m_dialog, &QObject::destroyed, this, [this] { m_dialog = nullptr; });
        connect(m_dialog, &ConnectDialog::wanted, this, [this](const Setup &setup) {
            const QString why = m_session.begin(setup);
            if (!why.isEmpty()) {
                m_dialog->complain(why);
                return;
            }
            keepSetup(setup);
            m_dialog->accept();
        });
        comeBack(m_dialog);
        m_dialog->open();
    }
    if (!complaint.isEmpty())
        m_dialog->complain(complaint);
}

void Window::leave()
{
    if (!m_session.isEnding())
        emit leaving();
    hide();
    m_session.end();
}

void Window::closeEvent(QCloseEvent *event)
{
    event->ignore();
    leave();
}

void Window::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_splitter != nullptr)
        paint();
    if (event->type() == QEvent::ActivationChange && !isActiveWindow() && m_messages != nullptr) {
        m_session.chat().lookAway();
        m_messages->markNext();
    }
}

// Letters that the focused widget does not use are typed into the entry.
bool Window::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_entry) {
        if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
            m_field->update();
    } else if (event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        const QString text = key->text();
        if (!text.isEmpty() && text.front().isPrint() && text != QLatin1String(" ") &&
            (key->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == 0) {
            m_entry->setFocus();
            QApplication::sendEvent(m_entry, event);
            return true;
        }
    }
    return QMainWindow::eventFilter(watched, event);
}

} // namespace chat
