"""os-ken's manager, as a program with os-ken 4 has it (`osken-manager` itself is gone since 4.0).

python manager.py [--config-file FILE] APPLICATION...
"""

import sys

from os_ken import cfg, log
from os_ken.base.app_manager import AppManager

from controller import openflow_app

cfg.CONF.register_cli_opts(openflow_app.OPTIONS, group=openflow_app.GROUP)  # --clearway-project and so on
cfg.CONF.register_cli_opts([cfg.MultiStrOpt("app", positional=True, default=[])])
log.early_init_log()
cfg.CONF(sys.argv[1:], project="os_ken")
log.init_log()
AppManager.run_apps(cfg.CONF.app)
