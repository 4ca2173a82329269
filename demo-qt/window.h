// The window: it shows the events of the session, and runs typed text.
#ifndef BIGHT_DEMO_QT_WINDOW_H
#define BIGHT_DEMO_QT_WINDOW_H

#include "bars.h"
#include "channel_list.h"
#include "entry.h"
#include "member_list.h"
#include "message_view.h"
#include "session.h"
#include "theme.h"

#include <QtWidgets/QMainWindow>

class QMenu;
class QSplitter;

namespace chat
{

class ConnectDialog;

class Window : public QMainWindow
{
    Q_OBJECT

  public:
    explicit Window(Session &session, QWidget *parent = nullptr);

    // Open the dialog that asks for a target. The choice is stored for the next time.
    void askWhereTo(const QString &complaint = {});

    // Connect or host; the window shows failures.
    void begin(const Setup &setup);

    // Quit and close; the session's ended() follows.
    void leave();

    // For the script, which uses the visible widgets.
    MessageView &messages()
    {
        return *m_messages;
    }

    Entry &entry()
    {
        return *m_entry;
    }

    Session &session()
    {
        return m_session;
    }

  signals:
    void leaving(); // nothing has changed yet

  protected:
    void closeEvent(QCloseEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

  private:
    void buildLayout();
    QWidget *buildSide();
    QWidget *buildMiddle();
    QWidget *buildMembers();
    QWidget *buildEntryRow();
    QWidget *rule();
    void connectSession();
    void connectEntry();

    void buildMenus();
    void buildChatMenu();
    void buildConversationMenu();
    void buildViewMenu();
    void buildHelpMenu();
    QAction *add(QMenu *menu, const QString &text, const QString &keys,
                 const std::function<void()> &run);
    void askForChannel();
    void askForNick(const QString &tried, const QString &why);
    void openSwitcher();
    void moveBetweenParts(int steps);
    void showAbout();
    void showKeys();

    void showConversation(Conversation *conversation);
    void showTopic(Conversation *conversation);
    void showState(bight_irc_state state, const QString &reason);
    void showSide();
    void showTitle();
    void showFailure(const QString &why);
    void paint();
    NoticeBar::Action changeAction();

    Session &m_session;
    Members m_memberModel;
    QSplitter *m_splitter = nullptr;
    QFrame *m_side = nullptr;
    ElidedLabel *m_self = nullptr;
    ElidedLabel *m_state = nullptr;
    QLabel *m_dot = nullptr;
    QLabel *m_hosting = nullptr;
    ChannelList *m_channels = nullptr;
    TopicBar *m_topic = nullptr;
    NoticeBar *m_notice = nullptr;
    MessageView *m_messages = nullptr;
    QLabel *m_failure = nullptr;
    QFrame *m_field = nullptr;
    QLabel *m_nick = nullptr;
    Entry *m_entry = nullptr;
    QWidget *m_memberPane = nullptr;
    QLabel *m_memberCount = nullptr;
    MemberList *m_members = nullptr;
    QAction *m_join = nullptr;
    QAction *m_disconnect = nullptr;
    QAction *m_leave = nullptr;
    QAction *m_showMembers = nullptr;
    ConnectDialog *m_dialog = nullptr;
    bool m_wantMembers = true;
};

} // namespace chat

#endif
