"""Kernel modules that containers ask for."""

from loaders import UBoot
from story import loader_story


def asking(revision, need, aliases):
    """The sensor asks for drivers, and the BSP has aliases."""
    manifest = {**revision.state["sensor/run.json"], "drivers": need}
    return revision.changed({"sensor/run.json": manifest, "bsp/drivers.json": {"#spec": "driver-aliases@1", "all": aliases}})


@loader_story("a container's kernel modules are loaded before it starts, and one that is missing fails the update",
              only=[UBoot])  # fmt: skip
def kernel_modules(t, device):
    device.start()
    t.expect("dummy1" not in device.shell("ls /sys/class/net"), "the module is not loaded yet")
    good = asking(device.revision, {"required": ["ports"], "optional": ["radio"]},
                  {"ports": ["dummy numdummies=2"], "radio": ["no_such_module"]})  # fmt: skip
    device.update(good, "locals/good")
    device.restart()
    device.wait_progress("locals/good", "DONE")
    t.expect("dummy1" in device.shell("ls /sys/class/net"), "the module is loaded, with its options")
    found = {one["metadata"]["name"]: one["status"].get("isLoaded") for one in
             device.get("/apis/pantavisor.io/v1/modules")["items"]}  # fmt: skip
    t.expect_equal(found, {"ports": True, "radio": False}, "what is loaded")

    bad = asking(good, {"required": ["ports", "radio"]}, good.state["bsp/drivers.json"]["all"])
    device.update(bad, "locals/bad")
    found = device.wait_progress("locals/bad", "ERROR", 120)
    t.expect("group platform" in found, f"the cause is told: {found}")
    device.wait_ready()
    t.expect_equal(device.running()[1], "locals/good", "what runs")
