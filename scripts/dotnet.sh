# Sourced by ./ctrace and ./test, with $root set: how to call the .NET SDK. POSIX sh.

# Puts the dotnet command on the PATH, or says how to get it. sudo drops most of a user's PATH, so look further.
find_dotnet() {
    user_home=$(getent passwd "${SUDO_USER:-$(id -un)}" 2>/dev/null | cut -d: -f6)
    for folder in "" "${DOTNET_ROOT:-}" /usr/lib/dotnet /usr/share/dotnet /usr/lib64/dotnet /usr/local/share/dotnet \
        /opt/dotnet "${HOME:-}/.dotnet" "$user_home/.dotnet" /snap/bin; do
        if [ -n "$folder" ]; then
            [ -x "$folder/dotnet" ] || continue
            PATH=$folder:$PATH
        fi
        if command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^1[0-9]\.'; then
            DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
            DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
            export PATH DOTNET_ROOT DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO
            return 0
        fi
    done
    explain_dotnet >&2
    return 1
}

explain_dotnet() {
    family=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${ID_LIKE:-}")
    case " $family " in
        *" ubuntu "*) how="sudo apt-get install dotnet-sdk-10.0" ;;
        *" debian "*) how="add Microsoft's package source (see the link), then: sudo apt-get install dotnet-sdk-10.0" ;;
        *" fedora "* | *" rhel "* | *" centos "*) how="sudo dnf install dotnet-sdk-10.0" ;;
        *" arch "*) how="sudo pacman -S dotnet-sdk" ;;
        *" alpine "*) how="sudo apk add dotnet10-sdk" ;;
        *suse*) how="add Microsoft's package source (see the link), then: sudo zypper install dotnet-sdk-10.0" ;;
        *) how="see the link" ;;
    esac
    echo "ctrace: the .NET 10 SDK is needed to build ctrace, and is not here."
    echo "  install it: $how"
    echo "  all ways:   https://learn.microsoft.com/dotnet/core/install/linux"
}

# dotnet, such that a checkout that belongs to a user has no files of root's afterwards, nor has the user's home.
run_dotnet() {
    owner=$(stat -c %u "$root")
    if [ "$(id -u)" != 0 ] || [ "$owner" = 0 ]; then
        dotnet "$@"
    elif command -v sudo >/dev/null && sudo -n -H -u "#$owner" env PATH="$PATH" dotnet --version >/dev/null 2>&1 && owns_all; then
        sudo -n -H -u "#$owner" env PATH="$PATH" DOTNET_ROOT="$DOTNET_ROOT" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet "$@"
    else
        HOME=$(getent passwd 0 | cut -d: -f6) dotnet "$@"
        code=$?
        give_back
        return $code
    fi
}

built_folders() {
    find "$root/src" "$root/tests" -maxdepth 2 \( -name bin -o -name obj \) -type d 2>/dev/null
    [ ! -d "$root/dist" ] || echo "$root/dist"
}

# Whether what was built before can be written by the owner.
owns_all() {
    [ -z "$(built_folders | while read -r folder; do find "$folder" ! -uid "$owner" -print -quit; done)" ] || give_back
}

give_back() {
    group=$(stat -c %g "$root")
    built_folders | while read -r folder; do chown -R "$owner:$group" "$folder"; done
}
