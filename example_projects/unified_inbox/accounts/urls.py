"""Addresses of log-in and account."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from accounts import views
from accounts.forms import LoginForm

# whoever is logged in may log in anew: the page about their data asks for it after a while
login = LoginView.as_view(template_name="accounts/login.html", authentication_form=LoginForm)

urlpatterns = [
    path("login/", login, name="login"),
    path("sign-up/", views.sign_up, name="sign-up"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", views.account, name="account"),
    path("account/channels/<int:pk>/disconnect/", views.disconnect_channel, name="disconnect-channel"),
]
