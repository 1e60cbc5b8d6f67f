extension ConfigKey {
    /// One key a line: `NAME form default levels older-name about`, `-` for nothing (`spec/config-keys.tsv`).
    ///
    /// Forms: `flag time text path secret`, `from-to` for a number, `a|b` for a choice. Levels: `pv` and `ph` for their
    /// file, policies, the kernel's command line, the environment and options; `base` and `env` for a part of them; `oem`,
    /// `meta` for user metadata, `cmd` for commands.
    static let table = """
        PH_CREDS_HOST text api.pantahub.com ph,oem creds.host (no effect yet) The hub's name or address.
        PH_CREDS_ID text - ph,oem creds.id (no effect yet) The device's id at the hub.
        PH_CREDS_PORT 1-65535 443 ph,oem creds.port (no effect yet) The hub's port.
        PH_CREDS_PRN text - ph,oem creds.prn (no effect yet) The device's name at the hub.
        PH_CREDS_PROXY_HOST text - ph,oem creds.proxy.host (no effect yet) A proxy on the way to the hub.
        PH_CREDS_PROXY_NOPROXYCONNECT flag 0 ph,oem creds.proxy.noproxyconnect (no effect yet) Talk to the proxy without CONNECT.
        PH_CREDS_PROXY_PORT 1-65535 3218 ph,oem creds.proxy.port (no effect yet) The proxy's port.
        PH_CREDS_SECRET secret - ph,oem creds.secret (no effect yet) What the device proves itself with at the hub.
        PH_CREDS_TYPE text builtin ph,oem creds.type (no effect yet) How it proves itself.
        PH_FACTORY_AUTOTOK secret - ph,oem factory.autotok (no effect yet) Gives the device to an owner when it is first seen.
        PH_LIBEVENT_HTTP_RETRIES 0-1000000 1 ph,oem,meta - (no effect yet) How often a request to the hub is repeated.
        PH_LIBEVENT_HTTP_TIMEOUT time 60 ph,oem,meta - (no effect yet) How long a request to the hub may take.
        PH_METADATA_DEVMETA_INTERVAL time 10 ph,oem,meta metadata.devmeta.interval (no effect yet) How often device metadata goes to the hub.
        PH_METADATA_USRMETA_INTERVAL time 5 ph,oem,meta metadata.usrmeta.interval (no effect yet) How often user metadata is asked for.
        PH_ONLINE_REQUEST_THRESHOLD 0-1000000 0 ph,oem,meta - (no effect yet) So many requests may fail before the device is offline.
        PH_UPDATER_INTERVAL time 5 ph,oem,meta updater.interval (no effect yet) How often the hub is asked for a new revision.
        PH_UPDATER_NETWORK_TIMEOUT time 120 ph,oem,meta updater.network_timeout How long an update may be without the hub.
        PH_UPDATER_TRANSFER_MAX_COUNT 0-1000000 5 ph,oem,meta - (no effect yet) Objects that are fetched at a time.
        PV_BOOTLOADER_ESP path - pv - The device of the partition with systemd-boot's entries; it is mounted at /boot.
        PV_BOOTLOADER_FITCONFIG text - pv bootloader.fitconfig The configuration of the FIT image that is booted, for its kernel modules.
        PV_BOOTLOADER_MTD_ENV text - pv bootloader.mtd_env The flash partition with the loader's environment.
        PV_BOOTLOADER_MTD_ONLY flag 0 pv bootloader.mtd_only All of the environment is in flash.
        PV_BOOTLOADER_TYPE uboot|uboot-pvk|grub|rpiab|uboot-ab|uboot-env|systemd-boot|none uboot pv bootloader.type What boots this device; in appengine mode none.
        PV_BOOTLOADER_UBOOTAB_A_NAME text fitA pv - Flash partition of the first image.
        PV_BOOTLOADER_UBOOTAB_B_NAME text fitB pv - Flash partition of the second image.
        PV_BOOTLOADER_UBOOTAB_ENV_BAK_NAME text - pv - Flash partition of the environment's copy.
        PV_BOOTLOADER_UBOOTAB_ENV_NAME text - pv - Flash partition of the environment.
        PV_BOOTLOADER_UBOOTAB_ENV_OFFSET 0-1000000000 0 pv - Where the environment begins in it, in bytes.
        PV_BOOTLOADER_UBOOTAB_ENV_SIZE 0-1000000000 0 pv - How long the environment is, in bytes.
        PV_CACHE_DEVMETADIR path /storage/cache/devmeta pv cache.devmetadir Where device metadata is kept.
        PV_CACHE_USRMETADIR path /storage/cache/meta pv cache.usrmetadir Where user metadata is kept.
        PV_CONTROL_DEFAULT_ROLE mgmt|nobody mgmt pv - What a container may do that has no roles.
        PV_CONTROL_REMOTE flag 1 pv,oem control.remote The hub may manage this device.
        PV_CONTROL_REMOTE_ALWAYS flag 0 pv,oem control.remote.always (no effect yet) Also while it runs a local revision.
        PV_CTRL_HTTPS_ADDRESS text 0.0.0.0 pv - Where the API is served with TLS.
        PV_CTRL_HTTPS_CA path - pv - Who issues the certificates of clients, PEM.
        PV_CTRL_HTTPS_CERT path - pv - The device's certificate, PEM.
        PV_CTRL_HTTPS_KEY path - pv - Its private key, PEM.
        PV_CTRL_HTTPS_PORT 0-65535 - pv - The port of the API with TLS; empty = off.
        PV_CTRL_HTTPS_SUBJECTS text - pv - Common names of clients that may manage the device.
        PV_DEBUG_SHELL flag 1 pv debug.shell Offer a shell on the console.
        PV_DEBUG_SHELL_AUTOLOGIN flag 0 pv debug.shell.autologin That needs no login.
        PV_DEBUG_SHELL_TIMEOUT time 60 pv - How long an open shell holds up a reboot.
        PV_DEBUG_SSH flag 1 pv,oem,meta,cmd debug.ssh (no effect yet) Run an SSH server for the host.
        PV_DEBUG_SSH_AUTHORIZED_KEYS text - pv,oem,meta debug.ssh_authorized_keys (no effect yet) Who may log in with it.
        PV_DISK_EXPORTSDIR path /exports pv disk.exportsdir Where paths that containers export are found.
        PV_DISK_VOLDIR path /volumes pv disk.voldir Where volumes are mounted.
        PV_DISK_WRITABLEDIR path /writable pv disk.writabledir (no effect yet) A place in memory that can be written.
        PV_DROPBEAR_CACHE_DIR path /storage/cache/dropbear pv dropbear.cache.dir (no effect yet) Where the SSH server keeps its host keys.
        PV_LIBEVENT_DEBUG_MODE flag 0 pv,oem,meta - (no effect yet) Say more about connections to the hub.
        PV_LIBTHTTP_CERTSDIR path /certs pv libthttp.certdir (no effect yet) The hub's certificate authorities.
        PV_LIBTHTTP_LOG_LEVEL 0-5 3 pv,oem,meta libthttp.log.level (no effect yet) What is logged about requests to the hub.
        PV_LOG_AUTO_DEVLOG flag 1 pv,oem - Give containers /dev/log.
        PV_LOG_BUF_NITEMS 0-1000000 128 pv,oem log.buf_nitems (no effect yet) Size of a buffer, in KiB.
        PV_LOG_BYTE_RATE 0-1000000000 1048576 pv,oem - Bytes a second that a container may log.
        PV_LOG_CAPTURE flag 1 pv,oem log.capture Run the log server.
        PV_LOG_CAPTURE_DMESG flag 1 pv,oem log.capture.dmesg Log the kernel's messages, too.
        PV_LOG_DIR path /storage/logs/ pv log.dir Where logs lie.
        PV_LOG_DIR_MAXSIZE text 16777216 pv,oem,meta log.maxsize Room for logs: 16M, 10%; 0 = a tenth of the partition.
        PV_LOG_FILETREE_TIMESTAMP_FORMAT text - pv,oem,meta log.filetree.timestamp.format What stands before each line of a log file.
        PV_LOG_HYSTERESIS_FACTOR 0-1000000 4 pv,oem,meta - How little is removed when logs need room: a part of it.
        PV_LOG_LEVEL 0-5 3 pv,oem,meta log.level What Pantavisor logs: FATAL 0, ERROR 1, WARN 2, INFO 3, DEBUG 4, TRACE 5.
        PV_LOG_LOGGERS flag 1 pv,oem log.loggers Follow log files inside containers.
        PV_LOG_PUSH flag 1 pv,oem,meta log.push Send logs to the hub.
        PV_LOG_RATE 0-1000000 2000 pv,oem - Messages a second that a container may log.
        PV_LOG_ROTATE_FACTOR 0-1000000 5 pv,oem,meta - How small files are rotated: a part of the room.
        PV_LOG_SERVER_OUTPUTS text filetree pv,oem,meta log.server.outputs Where logs go, a list.
        PV_LOG_SINGLEFILE_TIMESTAMP_FORMAT text - pv,oem,meta log.singlefile.timestamp.format The time in pv.log, instead of seconds.
        PV_LOG_STDERR flag 0 pv - Log to standard error as well.
        PV_LOG_STDOUT_TIMESTAMP_FORMAT text - pv,oem,meta log.stdout.timestamp.format The time in printed lines, instead of seconds.
        PV_LOG_TIMESTAMP relative|absolute relative pv,oem,meta - Count time from boot, or show the date.
        PV_LXC_LOG_LEVEL 0-5 2 pv,oem lxc.log.level What liblxc logs.
        PV_NET_BRADDRESS4 text 10.0.3.1 pv,oem net.braddress4 Address of the bridge.
        PV_NET_BRDEV text lxcbr0 pv,oem net.brdev Name of a bridge that is made at boot.
        PV_NET_BRMASK4 text 255.255.255.0 pv,oem net.brmask4 Its mask.
        PV_OEM_NAME text - pv - The directory of a revision that holds the device maker's settings.
        PV_POLICY text - base policy The file of settings, in policies/, that is used.
        PV_REMOUNT_POLICY text - env - (no effect yet) The policy by which containers' mounts are mounted anew.
        PV_REV text 0 pv - The revision to run, as the loader chose it.
        PV_REVISION_RETRIES 0-1000 10 pv,oem,meta revision.retries (no effect yet) How often an update is tried.
        PV_RUNTIME_DEATHS 1-1000 5 pv - The runtime dies no more often without a reboot,
        PV_RUNTIME_DEATHS_WINDOW time 300 pv - within this time.
        PV_SECUREBOOT_CHECKSUM flag 1 pv secureboot.checksum Hold objects against their names.
        PV_SECUREBOOT_HANDLERS flag 1 pv secureboot.handlers (no effect yet) Let handlers mount volumes.
        PV_SECUREBOOT_MODE disabled|audit|lenient|strict lenient pv secureboot.mode (no effect yet) How signatures are insisted on.
        PV_SECUREBOOT_OEM_TRUSTSTORE path /etc/pantavisor/certs/oem pv - (no effect yet) Certificates of the device maker.
        PV_SECUREBOOT_TRUSTSTORE path /etc/pantavisor/certs pv secureboot.truststore (no effect yet) Certificates that signatures are checked with.
        PV_STORAGE_DEVICE text - pv storage.device The device of the storage: LABEL=, UUID= or a path.
        PV_STORAGE_FIRMWARE_VOL flag 0 pv - (no effect yet) Firmware comes from a volume.
        PV_STORAGE_FSTYPE text - pv storage.fstype Its filesystem; empty = what it holds.
        PV_STORAGE_GC_KEEP_FACTORY flag 0 pv,oem,meta storage.gc.keep_factory Never collect revision 0.
        PV_STORAGE_GC_RESERVED 0-90 5 pv,oem,meta storage.gc.reserved Percent of the storage that updates leave free.
        PV_STORAGE_GC_THRESHOLD 0-90 0 pv,oem,meta storage.gc.threshold Collect garbage when less percent are free; 0 = never.
        PV_STORAGE_GC_THRESHOLD_DEFERTIME time 600 pv,oem,meta storage.gc.threshold.defertime How long an upload keeps its objects.
        PV_STORAGE_LOGTEMPSIZE text - pv storage.logtempsize Logs lie in memory of that size.
        PV_STORAGE_MNTPOINT path /storage pv storage.mntpoint Where the storage is mounted.
        PV_STORAGE_MNTTYPE text - pv storage.mnttype A program that mounts it.
        PV_STORAGE_PHCONFIG_VOL flag 0 pv - (no effect yet) The hub's credentials are in a volume.
        PV_STORAGE_WAIT time 5 pv storage.wait How long the storage is waited for.
        PV_SYSCTL_KERNEL_CORE_PATTERN text - pv,oem - Where crashes go; any PV_SYSCTL_<A>_<B> sets /proc/sys/<a>/<b>.
        PV_SYSTEM_APPARMOR_PROFILES text - pv system.apparmor.profiles (no effect yet) Profiles that are loaded at boot.
        PV_SYSTEM_CGROUPS auto|unified|hybrid auto pv - Which control groups a machine mounts.
        PV_SYSTEM_CONFDIR path /configs pv system.confdir (no effect yet) Where files that are laid over containers are made ready.
        PV_SYSTEM_DRIVERS_LOAD_EARLY_AUTO flag 0 pv system.drivers.load_early.auto Load modules for what there is, at boot.
        PV_SYSTEM_ETCDIR path /etc pv system.etcdir (no effect yet) Where the system's settings are.
        PV_SYSTEM_ETCPANTAVISORDIR path /etc/pantavisor pv - Where policies and defaults are.
        PV_SYSTEM_INIT_MODE embedded|standalone|appengine embedded pv system.init.mode The whole device, only a shell, or the runtime on any host.
        PV_SYSTEM_LIBDIR path /lib pv system.libdir Hooks are in pv/ below it.
        PV_SYSTEM_MEDIADIR path /media pv system.mediadir (no effect yet) Where disks are mounted.
        PV_SYSTEM_MOUNT_SECURITYFS flag 0 pv system.mount.securityfs Mount securityfs.
        PV_SYSTEM_RUNDIR path /run/pantavisor/pv pv system.rundir Sockets, journal, mounts.
        PV_SYSTEM_USRDIR path /usr pv system.usrdir (no effect yet) Where liblxc's files are.
        PV_UPDATER_COMMIT_DELAY time 25 pv,oem,meta updater.commit.delay How long the goals of an update must hold.
        PV_UPDATER_GOALS_TIMEOUT time 120 pv,oem updater.goals.timeout How long an update may take to its goals.
        PV_UPDATER_USE_TMP_OBJECTS flag 0 pv,oem,meta updater.use_tmp_objects (no effect yet) Fetch objects into temporary files.
        PV_VOLMOUNT_DM_EXTRA_ARGS text - pv,oem - (no effect yet) Further arguments of veritysetup.
        PV_WDT_MODE disabled|shutdown|startup|always shutdown pv wdt.mode When the watchdog runs.
        PV_WDT_TIMEOUT time 15 pv,ph wdt.timeout After how long it resets the machine.
        PV_XCONNECT_DBUS_SYSTEMBUS_ENABLED flag 1 pv,oem - (no effect yet) Host a D-Bus system bus for containers.
        """
}
