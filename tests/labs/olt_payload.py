"""Configuration for the lab's OLT: one PON with some ONUs, as Clearway lays a PON out."""

from __future__ import annotations

from string import Template

_HEAD = """
<hardware xmlns="urn:ietf:params:xml:ns:yang:ietf-hardware" xmlns:h="urn:ietf:params:xml:ns:yang:iana-hardware"
 xmlns:x="urn:bbf:yang:bbf-hardware-types-xpon" xmlns:t="urn:bbf:yang:bbf-hardware-types">
 <component><name>olt</name><class>h:chassis</class></component>
 <component><name>up-1</name><class>h:port</class><parent>olt</parent></component>
 <component><name>pon-1</name><class>x:transceiver-link-xgs</class><parent>olt</parent></component>
 $hardware
</hardware>
<interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces" xmlns:xp="urn:bbf:yang:bbf-xpon"
 xmlns:xt="urn:bbf:yang:bbf-xpon-types" xmlns:xi="urn:bbf:yang:bbf-xpon-if-type" xmlns:v="urn:bbf:yang:bbf-xponvani"
 xmlns:a="urn:bbf:yang:bbf-xponani" xmlns:bi="urn:bbf:yang:bbf-if-type" xmlns:s="urn:bbf:yang:bbf-sub-interfaces"
 xmlns:i="urn:ietf:params:xml:ns:yang:iana-if-type" xmlns:st="urn:bbf:yang:bbf-sub-interface-tagging"
 xmlns:q="urn:bbf:yang:bbf-dot1q-types" xmlns:u="urn:bbf:yang:bbf-interface-usage" xmlns:hw="urn:bbf:yang:bbf-hardware"
 xmlns:tm="urn:bbf:yang:bbf-qos-traffic-mngt" xmlns:sh="urn:bbf:yang:bbf-qos-shaping"
 xmlns:p="urn:bbf:yang:bbf-qos-policies">
 <interface><name>group</name><type>xi:channel-group</type><xp:channel-group/></interface>
 <interface><name>partition</name><type>xi:channel-partition</type><xp:channel-partition>
  <xp:channel-group-ref>group</xp:channel-group-ref></xp:channel-partition></interface>
 <interface><name>pair</name><type>xi:channel-pair</type><xp:channel-pair>
  <xp:channel-group-ref>group</xp:channel-group-ref><xp:channel-partition-ref>partition</xp:channel-partition-ref>
  <xp:channel-pair-type>xt:xgs</xp:channel-pair-type></xp:channel-pair></interface>
 <interface><name>termination</name><type>xi:channel-termination</type><xp:channel-termination>
  <xp:channel-pair-ref>pair</xp:channel-pair-ref>
  <xp:channel-termination-type>xt:xgs</xp:channel-termination-type><xp:xgs-pon-id>1</xp:xgs-pon-id>
  <xp:location>xt:inside-olt</xp:location></xp:channel-termination>
  <hw:hardware-component><hw:port-layer-if>pon-1</hw:port-layer-if></hw:hardware-component></interface>
 <interface><name>up-1</name><type>i:ethernetCsmacd</type>
  <u:interface-usage><u:interface-usage>network-port</u:interface-usage></u:interface-usage>
  <hw:hardware-component><hw:port-layer-if>up-1</hw:port-layer-if></hw:hardware-component>
  <tm:tm-root><tm:queue><tm:local-queue-id>5</tm:local-queue-id><tm:bac-name>drop</tm:bac-name>
   <tm:priority>5</tm:priority><tm:weight>1</tm:weight></tm:queue>
   <tm:tc-id-2-queue-id-mapping-profile-name>map</tm:tc-id-2-queue-id-mapping-profile-name></tm:tm-root></interface>
 <interface><name>up-1.v100</name><type>bi:vlan-sub-interface</type>
  <p:ingress-qos-policy-profile>classify</p:ingress-qos-policy-profile>
  <u:interface-usage><u:interface-usage>network-port</u:interface-usage></u:interface-usage>
  <s:subif-lower-layer><s:interface>up-1</s:interface></s:subif-lower-layer>
  <s:inline-frame-processing><s:ingress-rule><s:rule><s:name>v100</s:name><s:priority>100</s:priority>
   <s:flexible-match><st:match-criteria><st:tag><st:index>0</st:index><st:dot1q-tag>
    <st:tag-type>q:c-vlan</st:tag-type><st:vlan-id>100</st:vlan-id></st:dot1q-tag></st:tag></st:match-criteria>
   </s:flexible-match></s:rule></s:ingress-rule></s:inline-frame-processing></interface>
 $interfaces
</interfaces>
<xpongemtcont xmlns="urn:bbf:yang:bbf-xpongemtcont" xmlns:qos="urn:bbf:yang:bbf-xpongemtcont-qos">
 <traffic-descriptor-profiles><traffic-descriptor-profile><name>tdp</name>
  <assured-bandwidth>$assured</assured-bandwidth><maximum-bandwidth>$maximum</maximum-bandwidth>
  <priority>1</priority><weight>10</weight>
  <additional-bw-eligibility-indicator>best-effort-sharing</additional-bw-eligibility-indicator>
 </traffic-descriptor-profile></traffic-descriptor-profiles>
 <tconts>$tconts</tconts><gemports>$gemports</gemports>
</xpongemtcont>
<link-table xmlns="urn:bbf:yang:bbf-link-table">$links</link-table>
<forwarding xmlns="urn:bbf:yang:bbf-l2-forwarding">
 <forwarders><forwarder><name>imaging</name>
  <ports><port><name>network</name><sub-interface>up-1.v100</sub-interface></port>$ports</ports>
  <mac-learning><forwarding-database>fdb</forwarding-database></mac-learning>
  <split-horizon-profiles><split-horizon-profile>apart</split-horizon-profile></split-horizon-profiles>
 </forwarder></forwarders>
 <forwarding-databases><forwarding-database><name>fdb</name>$macs</forwarding-database></forwarding-databases>
 <split-horizon-profiles><split-horizon-profile><name>apart</name><split-horizon>
  <in-interface-usage>user-port</in-interface-usage><out-interface-usage>user-port</out-interface-usage>
 </split-horizon></split-horizon-profile></split-horizon-profiles>
</forwarding>
<tm-profiles xmlns="urn:bbf:yang:bbf-qos-traffic-mngt" xmlns:sh="urn:bbf:yang:bbf-qos-shaping">
 <tc-id-2-queue-id-mapping-profile><name>map</name><mapping-entry><traffic-class-id>5</traffic-class-id>
  <local-queue-id>5</local-queue-id></mapping-entry></tc-id-2-queue-id-mapping-profile>
 <bac-entry><name>drop</name><max-queue-size>1000000</max-queue-size>
  <taildrop><max-threshold>100</max-threshold></taildrop></bac-entry>
 <sh:shaper-profile><sh:name>uni</sh:name><sh:single-token-bucket><sh:pir>10000000</sh:pir>
  <sh:pbs>100000</sh:pbs></sh:single-token-bucket></sh:shaper-profile>
</tm-profiles>
<composite-filters xmlns="urn:bbf:yang:bbf-qos-composite-filters" xmlns:c="urn:bbf:yang:bbf-qos-classifiers">
 <composite-filter><name>pcp5</name><filter-operation>c:match-all-filter</filter-operation><filter><name>1</name>
  <vlans><tag><index>0</index><in-pbit-list>5</in-pbit-list></tag></vlans></filter></composite-filter>
</composite-filters>
<policing-profiles xmlns="urn:bbf:yang:bbf-qos-policing"><policing-profile><name>police</name>
 <two-rate-three-color-marker><cir>1000000000</cir><cbs>100000</cbs><pir>2000000000</pir><pbs>100000</pbs>
 </two-rate-three-color-marker></policing-profile></policing-profiles>
<classifiers xmlns="urn:bbf:yang:bbf-qos-classifiers" xmlns:f="urn:bbf:yang:bbf-qos-composite-filters"
 xmlns:pl="urn:bbf:yang:bbf-qos-policing">
 <classifier-entry><name>mark5</name><all-packets/>
  <classifier-action-entry-cfg><action-type>pbit-marking</action-type><pbit-marking-cfg><pbit-marking-list>
   <index>0</index><pbit-value>5</pbit-value></pbit-marking-list></pbit-marking-cfg></classifier-action-entry-cfg>
  <classifier-action-entry-cfg><action-type>scheduling-traffic-class</action-type>
   <scheduling-traffic-class>5</scheduling-traffic-class></classifier-action-entry-cfg></classifier-entry>
 <classifier-entry><name>tc5</name><f:composite-filter-name>pcp5</f:composite-filter-name>
  <classifier-action-entry-cfg><action-type>scheduling-traffic-class</action-type>
   <scheduling-traffic-class>5</scheduling-traffic-class></classifier-action-entry-cfg>
  <classifier-action-entry-cfg><action-type>pl:policing</action-type>
   <pl:policing><pl:policing-profile>police</pl:policing-profile></pl:policing></classifier-action-entry-cfg>
 </classifier-entry>
</classifiers>
<policies xmlns="urn:bbf:yang:bbf-qos-policies"><policy><name>mark</name><classifiers><name>mark5</name></classifiers>
 </policy><policy><name>class</name><classifiers><name>tc5</name></classifiers></policy></policies>
<qos-policy-profiles xmlns="urn:bbf:yang:bbf-qos-policies">
 <policy-profile><name>classify</name><policy-list><name>class</name></policy-list></policy-profile>
 <policy-profile><name>marking</name><policy-list><name>mark</name></policy-list></policy-profile>
</qos-policy-profiles>
"""

_ONU_HARDWARE = """
 <component><name>$onu</name><class>h:chassis</class></component>
 <component><name>$onu.ani</name><class>x:transceiver-link-xgs</class><parent>$onu</parent></component>
 <component><name>$onu.uni1</name><class>t:rj45</class><parent>$onu</parent></component>"""

_TAGGED = """<st:tag><st:index>0</st:index><st:dot1q-tag><st:tag-type>q:c-vlan</st:tag-type>
 <st:vlan-id>$vid</st:vlan-id></st:dot1q-tag></st:tag>"""

_PUSH = """<st:push-tag><st:index>0</st:index><st:dot1q-tag><st:tag-type>q:c-vlan</st:tag-type>
 <st:vlan-id>100</st:vlan-id><st:pbit-marking-index>0</st:pbit-marking-index><st:write-dei-0/></st:dot1q-tag>
 </st:push-tag>"""

_ONU_INTERFACES = f"""
 <interface><name>$onu</name><type>xi:v-ani</type><v:v-ani><v:onu-id>$number</v:onu-id>
  <v:channel-partition>partition</v:channel-partition><v:expected-serial-number>$serial</v:expected-serial-number>
  <v:preferred-channel-pair>pair</v:preferred-channel-pair></v:v-ani></interface>
 <interface><name>$onu.ani</name><type>xi:ani</type><a:ani><a:upstream-fec>true</a:upstream-fec></a:ani>
  <hw:hardware-component><hw:port-layer-if>$onu.ani</hw:port-layer-if></hw:hardware-component></interface>
 <interface><name>$onu.1</name><type>xi:olt-v-enet</type>
  <v:olt-v-enet><v:lower-layer-interface>$onu</v:lower-layer-interface></v:olt-v-enet>
  <u:interface-usage><u:interface-usage>user-port</u:interface-usage></u:interface-usage>
  <tm:tm-root><tm:queue><tm:local-queue-id>5</tm:local-queue-id><tm:bac-name>drop</tm:bac-name>
   <tm:priority>5</tm:priority><tm:weight>2</tm:weight></tm:queue>
   <tm:tc-id-2-queue-id-mapping-profile-name>map</tm:tc-id-2-queue-id-mapping-profile-name>
   <sh:shaper-name>uni</sh:shaper-name></tm:tm-root></interface>
 <interface><name>$onu.uni1</name><type>i:ethernetCsmacd</type>
  <u:interface-usage><u:interface-usage>user-port</u:interface-usage></u:interface-usage>
  <hw:hardware-component><hw:port-layer-if>$onu.uni1</hw:port-layer-if></hw:hardware-component></interface>
 <interface><name>$onu.uni1.v100</name><type>bi:vlan-sub-interface</type>
  <p:ingress-qos-policy-profile>marking</p:ingress-qos-policy-profile>
  <s:subif-lower-layer><s:interface>$onu.uni1</s:interface></s:subif-lower-layer>
  <s:inline-frame-processing><s:ingress-rule>
   <s:rule><s:name>untagged</s:name><s:priority>100</s:priority>
    <s:flexible-match><st:match-criteria><st:untagged/></st:match-criteria></s:flexible-match>
    <s:ingress-rewrite>{_PUSH}</s:ingress-rewrite></s:rule>
   <s:rule><s:name>priority</s:name><s:priority>101</s:priority>
    <s:flexible-match><st:match-criteria>{_TAGGED.replace("$vid", "priority-tagged")}</st:match-criteria></s:flexible-match>
    <s:ingress-rewrite><st:pop-tags>1</st:pop-tags>{_PUSH}</s:ingress-rewrite></s:rule></s:ingress-rule>
   <s:egress-rewrite><st:pop-tags>1</st:pop-tags></s:egress-rewrite></s:inline-frame-processing></interface>
 <interface><name>$onu.1.v100</name><type>bi:vlan-sub-interface</type>
  <u:interface-usage><u:interface-usage>user-port</u:interface-usage></u:interface-usage>
  <s:subif-lower-layer><s:interface>$onu.1</s:interface></s:subif-lower-layer>
  <s:inline-frame-processing><s:ingress-rule><s:rule><s:name>v100</s:name><s:priority>100</s:priority>
   <s:flexible-match><st:match-criteria>{_TAGGED.replace("$vid", "100")}</st:match-criteria></s:flexible-match></s:rule>
  </s:ingress-rule></s:inline-frame-processing></interface>"""  # noqa: E501 - XML

_TCONT = """<tcont><name>$onu.1.tc5</name><alloc-id>$alloc</alloc-id><interface-reference>$onu</interface-reference>
 <traffic-descriptor-profile-ref>tdp</traffic-descriptor-profile-ref><qos:tm-root><qos:queue>
 <qos:local-queue-id>5</qos:local-queue-id><qos:bac-name>drop</qos:bac-name><qos:priority>5</qos:priority>
 <qos:weight>1</qos:weight></qos:queue></qos:tm-root></tcont>"""

_GEMPORT = """<gemport><name>$onu.1.tc5</name><gemport-id>$alloc</gemport-id><interface>$onu.1</interface>
 <traffic-class>5</traffic-class><tcont-ref>$onu.1.tc5</tcont-ref></gemport>"""

_LINKS = """<link-table><from-interface>$onu.ani</from-interface><to-interface>$onu</to-interface></link-table>
 <link-table><from-interface>$onu.uni1</from-interface><to-interface>$onu.1</to-interface></link-table>"""

_PORT = "<port><name>$onu.1</name><sub-interface>$onu.1.v100</sub-interface></port>"

_MAC = """<static-mac-address><mac-address>02:00:00:00:00:$hex</mac-address><static-forwarder-port-ref>
 <forwarder>imaging</forwarder><port>$onu.1</port></static-forwarder-port-ref></static-mac-address>"""


def payload(onus: int = 1, *, assured_bps: int = 1_000_000_000, maximum_bps: int = 8_000_000_000) -> str:
    """The children of a <config> for ONUs cw.onu-1 and so on, serial numbers CWLB00000001 and so on."""

    def each(template: str) -> str:
        return "".join(
            Template(template).substitute(
                onu=f"cw.onu-{n}", number=n, serial=f"CWLB{n:08X}", alloc=1024 + n, hex=f"{n:02x}"
            )
            for n in range(1, onus + 1)
        )

    return Template(_HEAD).substitute(
        hardware=each(_ONU_HARDWARE),
        interfaces=each(_ONU_INTERFACES),
        tconts=each(_TCONT),
        gemports=each(_GEMPORT),
        links=each(_LINKS),
        ports=each(_PORT),
        macs=each(_MAC),
        assured=assured_bps,
        maximum=maximum_bps,
    )
